-- Every admitted patient with the newest reading, its points and their change within an hour.
-- Those without a reading stay on it. Age of a reading is measured against the newest reading of all.
WITH newest AS (
  SELECT *
  FROM {{v_reading_news2}} AS reading
  WHERE TRUE
  QUALIFY ROW_NUMBER() OVER (PARTITION BY Patient_ID ORDER BY event_timestamp DESC, Device_ID) = 1
), earlier AS (
  SELECT reading.Patient_ID, MAX_BY(reading.news_known, reading.event_timestamp) AS news_hour_ago
  FROM {{v_reading_news2}} AS reading
  JOIN newest ON newest.Patient_ID = reading.Patient_ID
  WHERE reading.event_timestamp <= TIMESTAMP_SUB(newest.event_timestamp, INTERVAL 1 HOUR)
  GROUP BY reading.Patient_ID
), feed AS (
  SELECT MAX(event_timestamp) AS feed_at FROM newest
)
SELECT
  admission.Patient_ID,
  admission.Age,
  admission.Gender,
  admission.Condition,
  newest.risk,
  {{severity}} AS risk_order,
  newest.news_known,
  newest.news_possible,
  newest.news_known - earlier.news_hour_ago AS news_change_1h,
  {{wardVitals}},
  newest.event_timestamp AS last_reading_at,
  TIMESTAMP_DIFF(feed.feed_at, newest.event_timestamp, SECOND) AS behind_feed_seconds
FROM {{batchTable}} AS admission
LEFT JOIN newest ON newest.Patient_ID = admission.Patient_ID
LEFT JOIN earlier ON earlier.Patient_ID = admission.Patient_ID
CROSS JOIN feed
