-- The newest stored prediction of the outcome of each patient, with the outcome where it is known.
WITH newest AS (
  SELECT *
  FROM {{predictionsTable}} AS stored
  WHERE IFNULL(label, 'Outcome') = 'Outcome'
  QUALIFY ROW_NUMBER() OVER (PARTITION BY Patient_ID ORDER BY scored_at DESC, model_version DESC) = 1
)
SELECT newest.*, admission.Outcome AS actual_Outcome
FROM newest
LEFT JOIN {{batchTable}} AS admission ON admission.Patient_ID = newest.Patient_ID
