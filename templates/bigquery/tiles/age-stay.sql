SELECT Age, Length_of_Stay, COUNT(*) AS patients
FROM {{v_cohort}} AS admission
WHERE Age IS NOT NULL AND Length_of_Stay IS NOT NULL AND {{filters}}
GROUP BY Age, Length_of_Stay
ORDER BY Age, Length_of_Stay
