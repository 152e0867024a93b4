SELECT DISTINCT Condition
FROM {{batchTable}} AS admission
WHERE Condition IS NOT NULL
ORDER BY Condition
