-- One row per reading of a known patient. Pub/Sub delivers at least once, so the stream table may hold a reading
-- more than once: the subquery keeps one of each.
CREATE OR REPLACE TABLE {{joinedTable}}
PARTITION BY DATE(event_timestamp)
CLUSTER BY Patient_ID
AS
SELECT
  {{columns}}
FROM {{batchTable}} AS admission
JOIN (
  {{vitals}}
) AS reading
ON reading.Patient_ID = admission.Patient_ID
