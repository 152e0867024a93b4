-- Rows and patients of each outcome on both sides.
SELECT
  outcome,
  COUNTIF(NOT is_held_out) AS trainRows,
  COUNT(DISTINCT IF(is_held_out, NULL, patient)) AS trainPatients,
  COUNTIF(is_held_out) AS heldOutRows,
  COUNT(DISTINCT IF(is_held_out, patient, NULL)) AS heldOutPatients
FROM (
  SELECT {{patient}} AS patient, {{isHeldOut}} AS is_held_out, {{labelText}} AS outcome
  FROM {{source}} AS joined_row
  WHERE {{label}} IS NOT NULL AND {{splitBy}} IS NOT NULL
)
GROUP BY outcome
ORDER BY outcome
