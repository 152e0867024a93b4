import datetime, json, os, re
from apache_beam import pvalue
from apache_beam.transforms.window import GlobalWindows

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
MAX_READINGS = 500

class WriteFn(beam.DoFn):
  """Stores the readings of a bundle before it is committed, and so before its messages are acknowledged."""
  def __init__(self, places):
    self.places = json.loads(places)

  def setup(self):
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import bigquery, bigtable
    project = self.places['project']
    instance = bigtable.Client(project=project).instance(self.places['bigtableInstance'])
    self.vitals = instance.table(self.places['bigtableTable'])
    self.newest = instance.table(self.places['bigtableNowTable'])
    local = os.environ.get('BIGQUERY_EMULATOR_HOST')
    self.bigquery = bigquery.Client(
        project=project,
        credentials=AnonymousCredentials() if local else None,
        client_options={'api_endpoint': local} if local else None)

  def start_bundle(self):
    self.pending, self.count = [], 0

  def process(self, message):
    self.pending.append(message)
    self.count += len(message[1])
    if self.count >= MAX_READINGS:
      for refused in self.flush():
        yield refused

  def finish_bundle(self):
    for refused in self.flush():
      yield GlobalWindows.windowed_value(refused)

  def flush(self):
    messages, self.pending, self.count = self.pending, [], 0
    readings = [(index, reading) for index, (_, found) in enumerate(messages) for reading in found]
    refused = {}
    if readings:
      self.store(self.vitals, [(index, reading['vitals']) for index, reading in readings], refused)
      self.store(self.newest, [(index, row) for index, reading in readings for row in reading['newest']], refused)
      self.insert(readings, refused)
    return [(messages[index][0], rejection) for index, rejection in sorted(refused.items())]

  def store(self, table, rows, refused):
    mutations = []
    for _, row in rows:
      mutation = table.direct_row(row['key'].encode('utf-8'))
      at = EPOCH + datetime.timedelta(milliseconds=row['timestampMs'])
      for qualifier, value in row['cells']:
        mutation.set_cell(self.places['family'], qualifier.encode('utf-8'), value.encode('utf-8'), timestamp=at)
      mutations.append(mutation)
    for (index, _), status in zip(rows, table.mutate_rows(mutations) if mutations else []):
      if status.code in self.places['bigtableTransientCodes']:
        raise RuntimeError('Bigtable status %d' % status.code)
      if status.code != 0:
        refused.setdefault(index, {'reason': 'bigtable-rejected', 'detail': 'Bigtable status %d' % status.code})

  def insert(self, readings, refused):
    errors = self.bigquery.insert_rows_json(
        self.places['bigqueryTable'],
        [json.loads(reading['row']) for _, reading in readings],
        row_ids=[reading['insertId'] for _, reading in readings],
        skip_invalid_rows=True)
    for error in errors:
      found = error['errors'][0]
      if found['reason'] in self.places['bigqueryTransientReasons']:
        raise RuntimeError('BigQuery ' + found['reason'])
      # A column's name; anything else could be a value.
      where = ' in ' + found['location'] if re.fullmatch(r'\w{1,300}', found.get('location') or '') else ''
      refused.setdefault(readings[error['index']][0], {
          'reason': 'bigquery-rejected', 'detail': 'BigQuery ' + found['reason'] + where})

class WriteVitals(beam.PTransform):
  def __init__(self, places):
    self.fn = WriteFn(places)

  def expand(self, readings):
    return readings | beam.ParDo(self.fn)
