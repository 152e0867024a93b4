-- Readmission and Satisfaction are known only after the outcome, so they would leak it; the split is by patient,
-- so that no patient's readings are on both sides.
CREATE OR REPLACE MODEL {{model}}
OPTIONS (
  MODEL_TYPE = 'LOGISTIC_REG',
  INPUT_LABEL_COLS = ['Outcome'],
  DATA_SPLIT_METHOD = 'CUSTOM',
  DATA_SPLIT_COL = 'is_held_out',
  MAX_ITERATIONS = {{maxIterations}},
  ENABLE_GLOBAL_EXPLAIN = TRUE
)
AS
SELECT
  {{features}},
  Outcome,
  {{isHeldOut}} AS is_held_out
FROM {{joinedTable}} AS joined_row
WHERE Outcome IS NOT NULL
