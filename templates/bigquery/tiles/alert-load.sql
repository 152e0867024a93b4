SELECT
  TIMESTAMP_TRUNC(raised_at, HOUR) AS hour,
  COUNT(*) AS alerts,
  COUNTIF(peak_risk = 'emergency') AS emergencies,
  COUNTIF(resolved_at IS NULL) AS still_open,
  COUNTIF(minutes < 5) AS shorter_than_5_min
FROM {{v_alerts}} AS alert
WHERE raised_at IS NOT NULL
GROUP BY hour
ORDER BY hour DESC
LIMIT 72
