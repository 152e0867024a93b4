SELECT *
FROM ML.EVALUATE(MODEL {{model}}, (
  SELECT {{features}}, Outcome
  FROM {{joinedTable}} AS joined_row
  WHERE Outcome IS NOT NULL AND {{isHeldOut}}
))
