SELECT *
FROM ML.EVALUATE(MODEL {{model}}, (
  SELECT {{features}}, {{label}}
  FROM {{source}} AS joined_row
  WHERE {{label}} IS NOT NULL AND {{isHeldOut}}
))
