SELECT *
FROM ML.CONFUSION_MATRIX(MODEL {{model}}, (
  SELECT {{features}}, Outcome
  FROM {{joinedTable}}
  WHERE Outcome IS NOT NULL AND {{isHeldOut}}
))
ORDER BY expected_label
