SELECT *
FROM ML.CONFUSION_MATRIX(MODEL {{model}}, (
  SELECT {{features}}, {{label}}
  FROM {{source}} AS joined_row
  WHERE {{label}} IS NOT NULL AND {{isHeldOut}}
))
ORDER BY expected_label
