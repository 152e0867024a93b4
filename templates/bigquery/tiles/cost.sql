SELECT SUM(Cost) AS cost, AVG(Cost) AS mean_cost
FROM {{v_cohort}} AS admission
WHERE {{filters}}
