-- What came in each hour: rows, repeats, readings of nobody, odd times, and how late.
SELECT
  TIMESTAMP_TRUNC(vitals.Ingested_At, HOUR) AS hour,
  COUNT(*) AS rows_stored,
  COUNT(DISTINCT vitals.Message_ID) AS messages,
  COUNT(*) - COUNT(DISTINCT TO_JSON_STRING(
    STRUCT(vitals.Patient_ID, vitals.event_timestamp, vitals.Device_ID)
  )) AS repeated_rows,
  COUNT(DISTINCT vitals.Patient_ID) AS patients,
  COUNTIF(admission.Patient_ID IS NULL) AS rows_without_patient,
  COUNTIF(vitals.Time_Flag IS NOT NULL) AS rows_with_odd_time,
  APPROX_QUANTILES(TIMESTAMP_DIFF(vitals.Ingested_At, vitals.event_timestamp, SECOND), 100)[OFFSET(50)]
    AS lag_seconds_p50,
  APPROX_QUANTILES(TIMESTAMP_DIFF(vitals.Ingested_At, vitals.event_timestamp, SECOND), 100)[OFFSET(95)]
    AS lag_seconds_p95,
  COUNTIF(vitals.Respiratory_Rate IS NULL) / COUNT(*) AS share_without_respiration,
  COUNTIF(vitals.Oxygen_Saturation IS NULL) / COUNT(*) AS share_without_spo2
FROM {{streamTable}} AS vitals
LEFT JOIN {{batchTable}} AS admission ON admission.Patient_ID = vitals.Patient_ID
GROUP BY hour
