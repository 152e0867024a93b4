SELECT
  COUNT(*) AS patients,
  COUNTIF(last_reading_at IS NULL) AS without_reading,
  COUNTIF(behind_feed_seconds > 900) AS behind_15_min,
  MAX(last_reading_at) AS newest_reading
FROM {{v_ward_now}} AS ward
