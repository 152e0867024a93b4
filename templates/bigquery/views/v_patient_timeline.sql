-- Patient, time, parameter, value and points in long form: one chart and one filter show any patient.
SELECT reading.Patient_ID, reading.event_timestamp, item.parameter, item.value, item.points
FROM {{v_reading_news2}} AS reading
CROSS JOIN UNNEST([
  {{timeline}},
  STRUCT('NEWS2 known part', CAST(reading.news_known AS FLOAT64), reading.news_known)
]) AS item
WHERE item.value IS NOT NULL
