SELECT *
  FROM {{streamTable}}
  QUALIFY ROW_NUMBER() OVER (PARTITION BY Patient_ID, event_timestamp ORDER BY Ingested_At, Message_ID) = 1
