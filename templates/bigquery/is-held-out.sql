ABS(MOD(FARM_FINGERPRINT(CONCAT('healthmon-split:', {{splitText}})), 10)) < 2
