-- Every admission with its outcome, stay and cost, the worst NEWS2 and the mean pulse of the patient, and the newest
-- prediction.
WITH worst AS (
  SELECT
    Patient_ID,
    COUNT(*) AS readings,
    MAX(news_known) AS worst_news_known,
    AVG(Heart_Rate) AS mean_heart_rate,
    AVG(Temperature_C) AS mean_temperature_c
  FROM {{v_reading_news2}} AS reading
  GROUP BY Patient_ID
)
SELECT
  {{admissions}},
  IFNULL(worst.readings, 0) AS readings,
  worst.worst_news_known,
  worst.mean_heart_rate,
  worst.mean_temperature_c,
  prediction.predicted_Outcome,
  prediction.probability
FROM {{batchTable}} AS admission
LEFT JOIN worst ON worst.Patient_ID = admission.Patient_ID
LEFT JOIN {{v_predictions}} AS prediction ON prediction.Patient_ID = admission.Patient_ID
