SELECT *
FROM ML.CONFUSION_MATRIX(MODEL {{model}}, (
  SELECT {{features}}, Outcome
  FROM {{joinedTable}} AS joined_row
  WHERE Outcome IS NOT NULL AND {{isHeldOut}}
))
ORDER BY expected_label
