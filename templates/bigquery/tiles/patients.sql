SELECT COUNT(DISTINCT Patient_ID) AS patients
FROM {{v_cohort}} AS admission
WHERE {{filters}}
