-- Predictions of a version that were stored before the outcome was known, with what came.
SELECT
  stored.Patient_ID AS patient,
  CAST(admission.{{label}} AS STRING) AS outcome,
  {{slices}}
  stored.predicted_Outcome AS predicted,
  stored.probability
FROM {{predictionsTable}} AS stored
JOIN {{batchTable}} AS admission ON admission.Patient_ID = stored.Patient_ID
WHERE stored.model_version = @version
  AND NOT stored.outcome_known
  AND stored.probability IS NOT NULL
  AND admission.{{label}} IS NOT NULL
ORDER BY patient, stored.event_timestamp
