SELECT
  IFNULL(Outcome, 'not known') AS Outcome,
  COUNT(*) AS patients,
  AVG(Length_of_Stay) AS days,
  AVG(IF(Readmission = 'Yes', 100, 0)) AS readmitted_percent,
  AVG(Cost) AS cost
FROM {{v_cohort}} AS admission
WHERE {{filters}}
GROUP BY Outcome
ORDER BY Outcome
