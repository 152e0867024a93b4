SELECT Condition, COUNT(*) AS patients, AVG(mean_heart_rate) AS pulse
FROM {{v_cohort}} AS admission
WHERE mean_heart_rate IS NOT NULL AND {{filters}}
GROUP BY Condition
ORDER BY pulse DESC, Condition
