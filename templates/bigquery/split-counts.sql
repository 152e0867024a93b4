SELECT
  COUNTIF(NOT is_held_out) AS trainRows,
  COUNTIF(is_held_out) AS evalRows,
  COUNT(DISTINCT IF(is_held_out, NULL, Patient_ID)) AS trainPatients,
  COUNT(DISTINCT IF(is_held_out, Patient_ID, NULL)) AS evalPatients
FROM (
  SELECT Patient_ID, {{isHeldOut}} AS is_held_out
  FROM {{joinedTable}} AS joined_row
  WHERE Outcome IS NOT NULL
)
