-- Rows and patients of both sides, patients who are on both, and what tells this data from any other.
SELECT
  COUNTIF(NOT is_held_out) AS trainRows,
  COUNTIF(is_held_out) AS evalRows,
  COUNT(DISTINCT IF(is_held_out, NULL, patient)) AS trainPatients,
  COUNT(DISTINCT IF(is_held_out, patient, NULL)) AS evalPatients,
  COUNT(DISTINCT IF(is_held_out, NULL, patient)) + COUNT(DISTINCT IF(is_held_out, patient, NULL))
    - COUNT(DISTINCT patient) AS bothSides,
  COUNT(DISTINCT outcome) AS outcomes,
  BIT_XOR(fingerprint) AS dataHash
FROM (
  SELECT
    {{patient}} AS patient,
    {{isHeldOut}} AS is_held_out,
    {{labelText}} AS outcome,
    FARM_FINGERPRINT(MD5({{rowText}})) AS fingerprint
  FROM {{source}} AS joined_row
  WHERE {{label}} IS NOT NULL AND {{splitBy}} IS NOT NULL
)
