SELECT iteration, loss, eval_loss, learning_rate
FROM ML.TRAINING_INFO(MODEL {{model}})
ORDER BY iteration
