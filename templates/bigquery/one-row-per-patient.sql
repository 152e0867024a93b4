-- One row for each patient of the joined table: the admission, and newest, mean, lowest and highest value and hourly slope of
-- each vital.
SELECT
  Patient_ID,
  {{admissionOnce}},
  MAX(event_timestamp) AS event_timestamp,
  {{vitalSummaries}}
FROM {{joinedTable}} AS joined_row
GROUP BY Patient_ID
