SELECT
  threshold,
  COUNT(DISTINCT IF(points >= threshold, Patient_ID, NULL)) AS patients,
  COUNTIF(points >= threshold AND before < threshold) AS crossings,
  100 * COUNTIF(points >= threshold) / COUNT(*) AS percent_of_readings
FROM (
  SELECT
    Patient_ID,
    news_known AS points,
    IFNULL(LAG(news_known) OVER (PARTITION BY Patient_ID ORDER BY event_timestamp), 0) AS before
  FROM {{v_reading_news2}} AS reading
) AS course
CROSS JOIN UNNEST([3, 4, 5, 6, 7, 8]) AS threshold
GROUP BY threshold
ORDER BY threshold
