-- A prediction of one version from one reading is kept once, as it was given first; an explanation is added when it came later.
MERGE {{predictionsTable}} AS stored
USING (
  SELECT
    {{splitText}} AS Patient_ID,
    event_timestamp,
    CAST({{predicted}} AS STRING) AS predicted_Outcome,
    {{actual}} IS NOT NULL AS outcome_known,
    probability,
    {{baseline}} AS baseline,
    {{attributions}} AS attributions
  FROM (
{{predictions}}
  )
) AS given
ON stored.model_version = @version
  AND stored.Patient_ID = given.Patient_ID
  AND stored.event_timestamp = given.event_timestamp
WHEN NOT MATCHED THEN
  INSERT (
    scored_at, model_version, label, Patient_ID, event_timestamp, predicted_Outcome, outcome_known, probability, baseline,
    attributions
  )
  VALUES (
    CURRENT_TIMESTAMP(), @version, @label, Patient_ID, event_timestamp, predicted_Outcome, outcome_known, probability,
    baseline, attributions
  )
WHEN MATCHED AND stored.attributions IS NULL AND given.attributions IS NOT NULL THEN
  UPDATE SET baseline = given.baseline, attributions = given.attributions
