SELECT
  (SELECT COUNT(*) FROM {{joinedTable}} AS joined_row) AS joined,
  (SELECT COUNT(DISTINCT Patient_ID) FROM {{joinedTable}} AS joined_row) AS patients,
  (
    SELECT COUNT(*)
    FROM (
      {{vitals}}
    ) AS reading
    WHERE NOT EXISTS (SELECT 1 FROM {{batchTable}} AS admission WHERE admission.Patient_ID = reading.Patient_ID)
  ) AS withoutPatient
