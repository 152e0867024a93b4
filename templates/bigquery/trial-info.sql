SELECT trial_id, training_loss AS loss
FROM ML.TRIAL_INFO(MODEL {{model}})
ORDER BY is_optimal, trial_id
