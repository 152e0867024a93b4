SELECT AVG(Satisfaction) AS satisfaction, COUNT(Satisfaction) AS answers
FROM {{v_cohort}} AS admission
WHERE {{filters}}
