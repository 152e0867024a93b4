/**
 * The same in three languages. Each counts up the row `COUNTER` from four threads at once, in transactions that read
 * it first; reads the table Large as a stream; writes two groups of mutations; and prints what came of it as JSON.
 */

export const PYTHON_PROGRAM = `
import json, os, threading
from google.cloud import spanner

_, project, _, instance, _, name = os.environ["DATABASE"].split("/")
counter = os.environ["COUNTER"]
database = spanner.Client(project=project).instance(instance).database(name)
failures = []

def increment(transaction):
    rows = transaction.read("Counters", ["N"], spanner.KeySet(keys=[[counter]]))
    transaction.update("Counters", ["Id", "N"], [[counter, list(rows)[0][0] + 1]])

def count():
    try:
        for _ in range(5):
            database.run_in_transaction(increment)
    except Exception as error:
        failures.append(error)

threads = [threading.Thread(target=count) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
if failures: raise failures[0]

rows = characters = total = 0
with database.snapshot() as snapshot:
    for key, content in snapshot.execute_sql("SELECT K, Content FROM Large"):
        rows, characters, total = rows + 1, characters + len(content), total + key

indexes = []
with database.mutation_groups() as groups:
    for number in range(2):
        groups.group().insert_or_update("Counters", ["Id", "N"], [[counter + "-group", number], [f"{counter}{number}", 1]])
    for response in groups.batch_write():
        assert response.status.code == 0, response
        indexes += response.indexes

with database.snapshot(multi_use=True) as snapshot:
    counted = list(snapshot.read("Counters", ["N"], spanner.KeySet(keys=[[counter]])))[0][0]
    sql = "SELECT COUNT(*) FROM Counters WHERE Id IN UNNEST(@ids)"
    ids = [counter + "0", counter + "1"]
    types = {"ids": spanner.param_types.Array(spanner.param_types.STRING)}
    written = list(snapshot.execute_sql(sql, {"ids": ids}, types))[0][0]
print(json.dumps({"counted": counted, "rows": rows, "characters": characters, "sum": total, "groups": sorted(indexes), "written": written}))
`;

export const GO_PROGRAM = `package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"sync"

	"cloud.google.com/go/spanner"
	sppb "cloud.google.com/go/spanner/apiv1/spannerpb"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	ctx := context.Background()
	counter := os.Getenv("COUNTER")
	client, err := spanner.NewClient(ctx, os.Getenv("DATABASE"))
	check(err)
	defer client.Close()
	number := func(row *spanner.Row) (n int64) {
		check(row.Column(0, &n))
		return n
	}
	var group sync.WaitGroup
	for thread := 0; thread < 4; thread++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for count := 0; count < 5; count++ {
				_, err := client.ReadWriteTransaction(ctx, func(ctx context.Context, transaction *spanner.ReadWriteTransaction) error {
					row, err := transaction.ReadRow(ctx, "Counters", spanner.Key{counter}, []string{"N"})
					if err != nil {
						return err
					}
					return transaction.BufferWrite([]*spanner.Mutation{spanner.Update("Counters", []string{"Id", "N"}, []any{counter, number(row) + 1})})
				})
				check(err)
			}
		}()
	}
	group.Wait()

	var rows, characters, sum int64
	check(client.Single().Query(ctx, spanner.NewStatement("SELECT K, Content FROM Large")).Do(func(row *spanner.Row) error {
		var key int64
		var content string
		check(row.Columns(&key, &content))
		rows, characters, sum = rows+1, characters+int64(len(content)), sum+key
		return nil
	}))

	columns := []string{"Id", "N"}
	groups := []*spanner.MutationGroup{}
	for index := range 2 {
		groups = append(groups, &spanner.MutationGroup{Mutations: []*spanner.Mutation{
			spanner.InsertOrUpdate("Counters", columns, []any{counter + "-group", index}),
			spanner.InsertOrUpdate("Counters", columns, []any{fmt.Sprint(counter, index), 1}),
		}})
	}
	indexes := []int32{}
	check(client.BatchWrite(ctx, groups).Do(func(response *sppb.BatchWriteResponse) error {
		if response.Status.GetCode() != 0 {
			panic(response.Status)
		}
		indexes = append(indexes, response.Indexes...)
		return nil
	}))
	slices.Sort(indexes)

	snapshot := client.ReadOnlyTransaction()
	defer snapshot.Close()
	row, err := snapshot.ReadRow(ctx, "Counters", spanner.Key{counter}, []string{"N"})
	check(err)
	statement := spanner.NewStatement("SELECT COUNT(*) FROM Counters WHERE Id IN UNNEST(@ids)")
	statement.Params["ids"] = []string{counter + "0", counter + "1"}
	var written int64
	check(snapshot.Query(ctx, statement).Do(func(row *spanner.Row) error {
		written = number(row)
		return nil
	}))
	text, err := json.Marshal(map[string]any{"counted": number(row), "rows": rows, "characters": characters, "sum": sum, "groups": indexes, "written": written})
	check(err)
	fmt.Println(string(text))
}
`;

export const JAVA_PROGRAM = `
import com.google.cloud.NoCredentials;
import com.google.cloud.spanner.*;
import java.util.*;

public class Client {
  public static void main(String[] arguments) throws Exception {
    DatabaseId id = DatabaseId.of(System.getenv("DATABASE"));
    String counter = System.getenv("COUNTER");
    SpannerOptions options = SpannerOptions.newBuilder()
        .setProjectId(id.getInstanceId().getProject())
        .setEmulatorHost(System.getenv("SPANNER_EMULATOR_HOST"))
        .setCredentials(NoCredentials.getInstance())
        .build();
    try (Spanner spanner = options.getService()) {
      DatabaseClient client = spanner.getDatabaseClient(id);
      List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
      List<Thread> threads = new ArrayList<>();
      for (int index = 0; index < 4; index++) {
        Thread thread = new Thread(() -> {
          for (int count = 0; count < 5; count++) {
            client.readWriteTransaction().run(transaction -> {
              long n = transaction.readRow("Counters", Key.of(counter), List.of("N")).getLong(0);
              transaction.buffer(write("update", counter, n + 1));
              return null;
            });
          }
        });
        thread.setUncaughtExceptionHandler((at, error) -> failures.add(error));
        threads.add(thread);
        thread.start();
      }
      for (Thread thread : threads) thread.join();
      if (!failures.isEmpty()) throw new RuntimeException(failures.get(0));

      long rows = 0, characters = 0, sum = 0;
      try (ResultSet result = client.singleUse().executeQuery(Statement.of("SELECT K, Content FROM Large"))) {
        while (result.next()) {
          rows++;
          sum += result.getLong(0);
          characters += result.getString(1).length();
        }
      }

      List<MutationGroup> groups = new ArrayList<>();
      for (int index = 0; index < 2; index++) {
        groups.add(MutationGroup.of(write("upsert", counter + "-group", index), write("upsert", counter + index, 1)));
      }
      List<Integer> indexes = new ArrayList<>();
      client.batchWriteAtLeastOnce(groups).forEach(response -> {
        if (response.getStatus().getCode() != 0) throw new RuntimeException(response.toString());
        indexes.addAll(response.getIndexesList());
      });
      Collections.sort(indexes);

      try (ReadOnlyTransaction snapshot = client.readOnlyTransaction()) {
        long counted = snapshot.readRow("Counters", Key.of(counter), List.of("N")).getLong(0);
        Statement statement = Statement.newBuilder("SELECT COUNT(*) FROM Counters WHERE Id IN UNNEST(@ids)")
            .bind("ids").toStringArray(List.of(counter + "0", counter + "1")).build();
        ResultSet result = snapshot.executeQuery(statement);
        result.next();
        System.out.println(String.format(
            "{\\"counted\\":%d,\\"rows\\":%d,\\"characters\\":%d,\\"sum\\":%d,\\"groups\\":%s,\\"written\\":%d}",
            counted, rows, characters, sum, indexes, result.getLong(0)));
        result.close();
      }
    }
    System.exit(0);
  }

  static Mutation write(String kind, String id, long n) {
    Mutation.WriteBuilder builder = kind.equals("update")
        ? Mutation.newUpdateBuilder("Counters") : Mutation.newInsertOrUpdateBuilder("Counters");
    return builder.set("Id").to(id).set("N").to(n).build();
  }
}
`;
