SELECT *
FROM ML.EVALUATE(MODEL {{model}}, (
  SELECT {{features}}, Outcome
  FROM {{joinedTable}}
  WHERE Outcome IS NOT NULL AND {{isHeldOut}}
))
