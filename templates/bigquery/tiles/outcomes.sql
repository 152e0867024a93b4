SELECT Condition, IFNULL(Outcome, 'not known') AS Outcome, COUNT(*) AS patients
FROM {{v_cohort}} AS admission
WHERE {{filters}}
GROUP BY Condition, Outcome
ORDER BY Condition, Outcome
