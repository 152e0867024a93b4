-- What was predicted last of each patient, for the board of the ward.
SELECT
  prediction.Patient_ID,
  prediction.predicted_Outcome,
  prediction.probability,
  prediction.model_version
FROM {{v_predictions}} AS prediction
