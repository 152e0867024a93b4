-- What the model says of held-out rows, with the features that it says it of.
SELECT {{said}} AS healthmon_said, {{features}}
FROM ML.PREDICT(MODEL {{model}}, (
  SELECT *
  FROM {{source}} AS joined_row
  WHERE {{isHeldOut}}
))
LIMIT {{limit}}
