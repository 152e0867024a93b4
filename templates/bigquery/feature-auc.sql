-- Area under the ROC curve of each feature alone on held-out rows; a category counts as the share of events that it has in
-- training. Pairs in the right order, ties counting half.
SELECT
  feature,
  SAFE_DIVIDE(SUM(events * (IFNULL(others_below, 0) + others / 2)), SUM(events) * SUM(others)) AS roc_auc
FROM (
  SELECT
    feature,
    events,
    others,
    SUM(others) OVER (
      PARTITION BY feature ORDER BY score ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS others_below
  FROM (
    SELECT feature, score, SUM(events) AS events, SUM(others) AS others
    FROM (
      SELECT feature, is_held_out, events, others, {{score}} AS score
      FROM (
        SELECT
          {{name}} AS feature,
          is_held_out,
          {{columns}},
          COUNTIF(is_event) AS events,
          COUNTIF(NOT is_event) AS others
        FROM (
          SELECT {{columns}}, {{isHeldOut}} AS is_held_out, {{labelText}} = @event AS is_event
          FROM {{source}} AS joined_row
          WHERE {{label}} IS NOT NULL AND {{splitBy}} IS NOT NULL
        )
        GROUP BY GROUPING SETS ({{sets}})
      )
    )
    WHERE is_held_out AND score IS NOT NULL
    GROUP BY feature, score
  )
)
GROUP BY feature
