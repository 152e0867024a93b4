SELECT *
FROM {{v_data_quality}} AS arrival
ORDER BY hour DESC
LIMIT 72
