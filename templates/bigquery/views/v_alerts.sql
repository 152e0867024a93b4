-- Every alert from its begin to its end, with its peak. An alert without an end is open.
WITH standing AS (
  SELECT *
  FROM {{alertsTable}} AS announcement
  WHERE TRUE
  QUALIFY ROW_NUMBER() OVER (PARTITION BY alert_id ORDER BY revision DESC) = 1
), numbered AS (
  SELECT
    *,
    COUNTIF(type = 'raised') OVER (PARTITION BY Patient_ID ORDER BY event_timestamp, alert_id DESC) AS episode
  FROM standing
  WHERE type != 'withdrawn'
)
SELECT
  Patient_ID,
  MIN(IF(type = 'raised', alert_id, NULL)) AS alert_id,
  MIN(IF(type = 'raised', event_timestamp, NULL)) AS raised_at,
  MIN(IF(type != 'resolved' AND risk IN ('urgent', 'emergency'), event_timestamp, NULL)) AS urgent_at,
  MIN(IF(type != 'resolved' AND risk = 'emergency', event_timestamp, NULL)) AS emergency_at,
  MIN(IF(type = 'resolved', event_timestamp, NULL)) AS resolved_at,
  TIMESTAMP_DIFF(
    MIN(IF(type = 'resolved', event_timestamp, NULL)), MIN(IF(type = 'raised', event_timestamp, NULL)), SECOND
  ) / 60 AS minutes,
  MAX_BY(risk, {{severity}}) AS peak_risk,
  MAX(IF(type = 'resolved', NULL, score)) AS peak_score,
  COUNTIF(type = 'escalated') AS escalations
FROM numbered
WHERE episode > 0
GROUP BY Patient_ID, episode
