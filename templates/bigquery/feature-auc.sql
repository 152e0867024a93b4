-- Area under the ROC curve of one feature alone on held-out rows; a category counts as the share of events that it has in
-- training. Pairs in the right order, ties counting half.
SELECT
  '{{name}}' AS feature,
  SAFE_DIVIDE(SUM(events * (IFNULL(others_below, 0) + others / 2)), SUM(events) * SUM(others)) AS roc_auc
FROM (
  SELECT
    events,
    others,
    SUM(others) OVER (ORDER BY score ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS others_below
  FROM (
    SELECT score, COUNTIF(is_event) AS events, COUNTIF(NOT is_event) AS others
    FROM (
      SELECT is_held_out, is_event, {{score}} AS score
      FROM (
        SELECT {{column}} AS feature, {{isHeldOut}} AS is_held_out, {{labelText}} = @event AS is_event
        FROM {{source}} AS joined_row
        WHERE {{label}} IS NOT NULL AND {{splitBy}} IS NOT NULL
      )
    )
    WHERE is_held_out AND score IS NOT NULL
    GROUP BY score
  )
)
