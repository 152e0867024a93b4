-- What is known only after the outcome would leak it, so it is no feature. The split is by a hash of one column, so that
-- nobody is on both sides.
CREATE MODEL {{model}}
OPTIONS (
  {{options}}
)
AS
SELECT
  {{features}},
  {{label}},
  {{split}}
FROM {{source}} AS joined_row
WHERE {{label}} IS NOT NULL AND {{splitBy}} IS NOT NULL
