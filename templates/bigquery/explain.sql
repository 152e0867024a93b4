-- The prediction from the newest row of each patient, and what each feature adds to the log-odds of what is predicted.
-- BigQuery ML gives those of the positive outcome whichever is predicted, so some have to be turned.
SELECT
  {{splitBy}},
  {{predicted}},
  probability,
  {{label}} AS {{actual}},
  turned * baseline_prediction_value AS baseline,
  turned * prediction_value AS log_odds,
  ARRAY(
    SELECT AS STRUCT item.feature, turned * item.attribution AS attribution
    FROM UNNEST(top_feature_attributions) AS item WITH OFFSET AS place
    ORDER BY place
  ) AS attributions,
  {{shown}}
FROM (
  SELECT *, IF(SIGN(prediction_value) = SIGN(probability - 0.5), 1, -1) AS turned
  FROM ML.EXPLAIN_PREDICT(MODEL {{model}}, (
    SELECT *
    FROM {{source}} AS joined_row
    WHERE @patient = '' OR {{splitText}} = @patient
    QUALIFY ROW_NUMBER() OVER (PARTITION BY {{splitBy}} ORDER BY {{newest}}) = 1
  ), STRUCT(100 AS top_k_features))
) AS prediction
ORDER BY SAFE_CAST({{splitText}} AS INT64), {{splitBy}}
LIMIT {{limit}}
