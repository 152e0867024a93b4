ABS(MOD(FARM_FINGERPRINT(CONCAT('healthmon-split:', Patient_ID)), 10)) < 2
