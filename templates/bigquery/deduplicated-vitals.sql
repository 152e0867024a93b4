SELECT
    Patient_ID,
    event_timestamp,
    {{mergedVitals}}
  FROM {{streamTable}} AS message
  GROUP BY Patient_ID, event_timestamp, Device_ID
