-- Every merged reading with the points of NEWS2 that sensors give, and what they prove.
-- Readings with an implausible event time are left out.
WITH merged AS (
  SELECT
    Patient_ID,
    event_timestamp,
    Device_ID,
    {{mergedVitals}},
    MIN(Ingested_At) AS Ingested_At
  FROM {{streamTable}} AS message
  WHERE Time_Flag IS NULL
  GROUP BY Patient_ID, event_timestamp, Device_ID
), scored AS (
  SELECT
    *,
    {{points}}
  FROM merged
), summed AS (
  SELECT
    *,
    {{knownPoints}} AS news_known,
    {{openPoints}} AS news_open,
    {{worstPoints}} AS news_worst
  FROM scored
)
SELECT
  * EXCEPT (news_open),
  news_known + news_open AS news_possible,
  {{risk}} AS risk
FROM summed
