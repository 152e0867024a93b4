ABS(MOD(FARM_FINGERPRINT(CONCAT('healthmon-tune:', {{splitText}})), 10)) < 2
