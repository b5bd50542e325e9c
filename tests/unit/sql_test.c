/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rules/readings.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

struct row {
	enum sql_dialect dialect;
	const char *text, *want;
};

static char line[8192];

static const char *read_text(const char *text, enum sql_dialect dialect)
{
	static char again[sizeof(line)];
	const struct text bytes = { text, strlen(text) };
	const struct reading *reading;
	struct sql sql;

	sql_read(text, strlen(text), dialect, &sql);
	(void)sql_line(&sql, line, sizeof(line));
	readings_keep(readings_shared(), bytes, dialect, &sql);
	reading = readings_find(readings_shared(), bytes, dialect);
	assert_int_equal(reading != NULL, sql.is_understood);
	if (reading) {
		assert_string_equal(sql_line(reading_sql(reading), again, sizeof(again)), line);
		reading_release(reading);
	}
	sql_release(&sql);
	return line;
}

static void check(const struct row *rows, size_t count)
{
	static const char *const names[] = { "postgresql", "mysql", "sqlite", "redis" };
	size_t failed = 0;

	for (size_t i = 0; i < count; i++) {
		const char *got = read_text(rows[i].text, rows[i].dialect);

		if (strcmp(got, rows[i].want) == 0)
			continue;
		print_error("%s: %s\n  want: %s\n  got:  %s\n", names[rows[i].dialect],
			    rows[i].text, rows[i].want, got);
		failed++;
	}
	assert_int_equal(failed, 0);
}

static const struct row plain_statements_are_what_they_say_rows[] = {
	{ SQL_POSTGRESQL, "SELECT a FROM t WHERE id = 1", "SELECT t where" },
	{ SQL_MYSQL, "SELECT a FROM t WHERE id = 1", "SELECT t where" },
	{ SQL_SQLITE, "SELECT a FROM t WHERE id = 1", "SELECT t where" },
	{ SQL_POSTGRESQL, "select * from a join b on a.x = b.x, c", "SELECT a,b,c" },
	{ SQL_MYSQL, "select * from a join b on a.x = b.x, c", "SELECT a,b,c" },
	{ SQL_SQLITE, "select * from a join b on a.x = b.x, c", "SELECT a,b,c" },
	{ SQL_POSTGRESQL, "INSERT INTO t (a) VALUES (1)", "INSERT t" },
	{ SQL_MYSQL, "INSERT INTO t (a) VALUES (1)", "INSERT t" },
	{ SQL_SQLITE, "INSERT INTO t (a) VALUES (1)", "INSERT t" },
	{ SQL_POSTGRESQL, "update t set a = 1 where id = 2", "UPDATE t where" },
	{ SQL_MYSQL, "update t set a = 1 where id = 2", "UPDATE t where" },
	{ SQL_SQLITE, "update t set a = 1 where id = 2", "UPDATE t where" },
	{ SQL_POSTGRESQL, "DELETE FROM t WHERE id = 1", "DELETE t where" },
	{ SQL_MYSQL, "DELETE FROM t WHERE id = 1", "DELETE t where" },
	{ SQL_SQLITE, "DELETE FROM t WHERE id = 1", "DELETE t where" },
	{ SQL_POSTGRESQL, "DROP TABLE IF EXISTS a", "DROP a" },
	{ SQL_MYSQL, "DROP TABLE IF EXISTS a", "DROP a" },
	{ SQL_SQLITE, "DROP TABLE IF EXISTS a", "DROP a" },
	{ SQL_POSTGRESQL, "CREATE TABLE t (a int, b varchar(10))", "CREATE t" },
	{ SQL_MYSQL, "CREATE TABLE t (a int, b varchar(10))", "CREATE t" },
	{ SQL_SQLITE, "CREATE TABLE t (a int, b varchar(10))", "CREATE t" },
	{ SQL_POSTGRESQL, "begin; delete from t; commit", "BEGIN; DELETE t; COMMIT" },
	{ SQL_MYSQL, "begin; delete from t; commit", "BEGIN; DELETE t; COMMIT" },
	{ SQL_SQLITE, "begin; delete from t; commit", "BEGIN; DELETE t; COMMIT" },
	{ SQL_POSTGRESQL, "SELECT 1", "SELECT" },
	{ SQL_MYSQL, "SELECT 1", "SELECT" },
	{ SQL_SQLITE, "SELECT 1", "SELECT" },
	{ SQL_POSTGRESQL, "", "nothing" },
	{ SQL_MYSQL, "", "nothing" },
	{ SQL_SQLITE, "", "nothing" },
	{ SQL_MYSQL, "TRUNCATE t", "TRUNCATE t" },
	{ SQL_MYSQL, "REPLACE INTO t VALUES (1)", "REPLACE t" },
	{ SQL_MYSQL, "RENAME TABLE a TO b, c TO d", "RENAME a,b,c,d" },
	{ SQL_MYSQL, "CREATE TABLE a LIKE b", "CREATE a from b" },
	{ SQL_MYSQL, "ALTER TABLE a RENAME TO b", "ALTER a,b" },
	{ SQL_MYSQL, "ALTER TABLE a EXCHANGE PARTITION p WITH TABLE b", "ALTER a,b" },
	{ SQL_MYSQL, "DROP USER 'a'@'h', b", "DROP a,b" },
	{ SQL_MYSQL, "GRANT ALL ON a.* TO 'x'@'%'", "GRANT a" },
	{ SQL_MYSQL, "USE db", "USE db" },
	{ SQL_MYSQL, "HANDLER t OPEN", "HANDLER t" },
	{ SQL_MYSQL, "DO sleep(5)", "DO; CALL sleep changes" },
	{ SQL_MYSQL, "LOCK TABLES a READ, b AS c WRITE", "LOCK a,b" },
	{ SQL_MYSQL, "OPTIMIZE TABLE a, b", "OPTIMIZE a,b" },
	{ SQL_MYSQL, "KILL 5", "KILL changes" },
	{ SQL_MYSQL, "TABLE t", "SELECT t" },
	{ SQL_MYSQL, "(SELECT a FROM t) UNION (SELECT b FROM u)", "SELECT t,u" },
	{ SQL_POSTGRESQL, "TRUNCATE a, s.b", "TRUNCATE a,s.b" },
	{ SQL_POSTGRESQL, "ALTER TABLE a RENAME TO b", "ALTER a,b" },
	{ SQL_POSTGRESQL, "DROP SCHEMA s CASCADE", "DROP s" },
	{ SQL_POSTGRESQL, "GRANT SELECT ON a TO x", "GRANT a" },
	{ SQL_POSTGRESQL, "REVOKE ALL ON SCHEMA s FROM x", "REVOKE s" },
	{ SQL_POSTGRESQL, "GRANT r TO u", "GRANT r" },
	{ SQL_POSTGRESQL, "VACUUM FULL a", "VACUUM a" },
	{ SQL_POSTGRESQL, "ANALYZE a", "ANALYZE a" },
	{ SQL_POSTGRESQL, "LOCK TABLE a, b", "LOCK a,b" },
	{ SQL_POSTGRESQL, "COMMENT ON TABLE a IS 'x'", "COMMENT a" },
	{ SQL_POSTGRESQL, "MERGE INTO a USING b ON a.x = b.x WHEN MATCHED THEN DELETE",
	  "MERGE a from b" },
	{ SQL_POSTGRESQL, "DROP ROLE a, b", "DROP a,b" },
	{ SQL_POSTGRESQL, "ALTER SYSTEM SET x = 1", "ALTER x outside" },
	{ SQL_POSTGRESQL, "NOTIFY x", "NOTIFY x" },
	{ SQL_POSTGRESQL, "DISCARD ALL", "DISCARD" },
	{ SQL_POSTGRESQL, "ROLLBACK TO s", "ROLLBACK" },
};

static const struct row a_where_counts_only_when_it_looks_at_the_row_rows[] = {
	{ SQL_POSTGRESQL, "DELETE FROM t", "DELETE t" },
	{ SQL_MYSQL, "DELETE FROM t", "DELETE t" },
	{ SQL_SQLITE, "DELETE FROM t", "DELETE t" },
	{ SQL_POSTGRESQL, "DELETE FROM t WHERE 1=1", "DELETE t" },
	{ SQL_MYSQL, "DELETE FROM t WHERE 1=1", "DELETE t" },
	{ SQL_SQLITE, "DELETE FROM t WHERE 1=1", "DELETE t" },
	{ SQL_POSTGRESQL, "DELETE FROM t WHERE TRUE", "DELETE t" },
	{ SQL_MYSQL, "DELETE FROM t WHERE TRUE", "DELETE t" },
	{ SQL_SQLITE, "DELETE FROM t WHERE TRUE", "DELETE t" },
	{ SQL_POSTGRESQL, "DELETE FROM t WHERE 'a' = 'a'", "DELETE t" },
	{ SQL_MYSQL, "DELETE FROM t WHERE 'a' = 'a'", "DELETE t" },
	{ SQL_SQLITE, "DELETE FROM t WHERE 'a' = 'a'", "DELETE t" },
	{ SQL_POSTGRESQL, "DELETE FROM t WHERE NOT FALSE", "DELETE t" },
	{ SQL_MYSQL, "DELETE FROM t WHERE NOT FALSE", "DELETE t" },
	{ SQL_SQLITE, "DELETE FROM t WHERE NOT FALSE", "DELETE t" },
	{ SQL_POSTGRESQL, "DELETE FROM t WHERE id = 1 OR 1=1", "DELETE t" },
	{ SQL_MYSQL, "DELETE FROM t WHERE id = 1 OR 1=1", "DELETE t" },
	{ SQL_SQLITE, "DELETE FROM t WHERE id = 1 OR 1=1", "DELETE t" },
	{ SQL_POSTGRESQL, "DELETE FROM t WHERE (id = 1) OR (2 > 1)", "DELETE t" },
	{ SQL_MYSQL, "DELETE FROM t WHERE (id = 1) OR (2 > 1)", "DELETE t" },
	{ SQL_SQLITE, "DELETE FROM t WHERE (id = 1) OR (2 > 1)", "DELETE t" },
	{ SQL_POSTGRESQL, "DELETE FROM t WHERE id = 1 AND 1=1", "DELETE t where" },
	{ SQL_MYSQL, "DELETE FROM t WHERE id = 1 AND 1=1", "DELETE t where" },
	{ SQL_SQLITE, "DELETE FROM t WHERE id = 1 AND 1=1", "DELETE t where" },
	{ SQL_POSTGRESQL, "DELETE FROM t WHERE NOT (id = 1 AND 1 = 0)", "DELETE t" },
	{ SQL_MYSQL, "DELETE FROM t WHERE NOT (id = 1 AND 1 = 0)", "DELETE t" },
	{ SQL_SQLITE, "DELETE FROM t WHERE NOT (id = 1 AND 1 = 0)", "DELETE t" },
	{ SQL_POSTGRESQL, "DELETE FROM t WHERE NOT (id = 1 OR 1 = 0)", "DELETE t where" },
	{ SQL_MYSQL, "DELETE FROM t WHERE NOT (id = 1 OR 1 = 0)", "DELETE t where" },
	{ SQL_SQLITE, "DELETE FROM t WHERE NOT (id = 1 OR 1 = 0)", "DELETE t where" },
	{ SQL_POSTGRESQL, "DELETE FROM t WHERE id = id", "DELETE t" },
	{ SQL_MYSQL, "DELETE FROM t WHERE id = id", "DELETE t" },
	{ SQL_SQLITE, "DELETE FROM t WHERE id = id", "DELETE t" },
	{ SQL_POSTGRESQL, "DELETE FROM t WHERE x LIKE '%'", "DELETE t" },
	{ SQL_MYSQL, "DELETE FROM t WHERE x LIKE '%'", "DELETE t" },
	{ SQL_SQLITE, "DELETE FROM t WHERE x LIKE '%'", "DELETE t" },
	{ SQL_POSTGRESQL, "DELETE FROM t WHERE EXISTS (SELECT 1 FROM u)", "DELETE t from u" },
	{ SQL_MYSQL, "DELETE FROM t WHERE EXISTS (SELECT 1 FROM u)", "DELETE t from u" },
	{ SQL_SQLITE, "DELETE FROM t WHERE EXISTS (SELECT 1 FROM u)", "DELETE t from u" },
	{ SQL_POSTGRESQL, "DELETE FROM t WHERE x BETWEEN 1 AND 2", "DELETE t where" },
	{ SQL_MYSQL, "DELETE FROM t WHERE x BETWEEN 1 AND 2", "DELETE t where" },
	{ SQL_SQLITE, "DELETE FROM t WHERE x BETWEEN 1 AND 2", "DELETE t where" },
	{ SQL_POSTGRESQL, "DELETE FROM t WHERE 1 BETWEEN 0 AND 2 OR x = 1", "DELETE t" },
	{ SQL_MYSQL, "DELETE FROM t WHERE 1 BETWEEN 0 AND 2 OR x = 1", "DELETE t" },
	{ SQL_SQLITE, "DELETE FROM t WHERE 1 BETWEEN 0 AND 2 OR x = 1", "DELETE t" },
	{ SQL_POSTGRESQL, "DELETE FROM t WHERE (((1=1)))", "DELETE t" },
	{ SQL_MYSQL, "DELETE FROM t WHERE (((1=1)))", "DELETE t" },
	{ SQL_SQLITE, "DELETE FROM t WHERE (((1=1)))", "DELETE t" },
	{ SQL_POSTGRESQL, "UPDATE t SET a = (SELECT 1 FROM u WHERE u.x = 2)", "UPDATE t from u" },
	{ SQL_MYSQL, "UPDATE t SET a = (SELECT 1 FROM u WHERE u.x = 2)", "UPDATE t from u" },
	{ SQL_SQLITE, "UPDATE t SET a = (SELECT 1 FROM u WHERE u.x = 2)", "UPDATE t from u" },
	{ SQL_POSTGRESQL, "SELECT a FROM t WHERE x = 1 UNION SELECT b FROM u", "SELECT t,u" },
	{ SQL_MYSQL, "SELECT a FROM t WHERE x = 1 UNION SELECT b FROM u", "SELECT t,u" },
	{ SQL_SQLITE, "SELECT a FROM t WHERE x = 1 UNION SELECT b FROM u", "SELECT t,u" },
	{ SQL_POSTGRESQL,
	  "SELECT a FROM t WHERE x = 1 UNION SELECT b FROM u WHERE y = 2 ORDER BY 1",
	  "SELECT t,u where" },
	{ SQL_MYSQL, "SELECT a FROM t WHERE x = 1 UNION SELECT b FROM u WHERE y = 2 ORDER BY 1",
	  "SELECT t,u where" },
	{ SQL_SQLITE, "SELECT a FROM t WHERE x = 1 UNION SELECT b FROM u WHERE y = 2 ORDER BY 1",
	  "SELECT t,u where" },
	{ SQL_MYSQL, "DELETE FROM t WHERE id = 1 || 1", "DELETE t" },
	{ SQL_MYSQL, "DELETE FROM t WHERE id = 1 XOR 1", "DELETE t" },
	{ SQL_MYSQL, "DELETE FROM t LIMIT 1", "DELETE t" },
	{ SQL_MYSQL, "DELETE FROM t WHERE \"a\" = \"b\"", "DELETE t" },
	{ SQL_MYSQL, "DELETE FROM t WHERE now() > now() - INTERVAL 1 DAY", "DELETE t" },
	{ SQL_MYSQL, "DELETE FROM t WHERE t.where = 1", "DELETE t where" },
	{ SQL_SQLITE, "DELETE FROM t WHERE 1 RETURNING id", "DELETE t" },
	{ SQL_SQLITE, "DELETE FROM t WHERE id = 1 RETURNING *", "DELETE t where" },
	{ SQL_SQLITE, "DELETE FROM t RETURNING id", "DELETE t" },
	{ SQL_SQLITE, "DELETE FROM t WHERE \"a\".\"id\" = 1", "DELETE t where" },
	{ SQL_POSTGRESQL, "DELETE FROM t WHERE (id = 1 OR true) IS TRUE", "DELETE t" },
	{ SQL_POSTGRESQL, "DELETE FROM t WHERE CURRENT OF c", "DELETE t where" },
	{ SQL_POSTGRESQL, "DELETE FROM t WHERE id = $1", "DELETE t where" },
	{ SQL_POSTGRESQL, "DELETE FROM t WHERE x IS NOT DISTINCT FROM x", "DELETE t" },
};

static const struct row text_in_strings_and_comments_does_nothing_rows[] = {
	{ SQL_POSTGRESQL, "SELECT 'DROP TABLE x'", "SELECT" },
	{ SQL_MYSQL, "SELECT 'DROP TABLE x'", "SELECT" },
	{ SQL_SQLITE, "SELECT 'DROP TABLE x'", "SELECT" },
	{ SQL_POSTGRESQL, "SELECT '''; DROP TABLE x; --'", "SELECT" },
	{ SQL_MYSQL, "SELECT '''; DROP TABLE x; --'", "SELECT" },
	{ SQL_SQLITE, "SELECT '''; DROP TABLE x; --'", "SELECT" },
	{ SQL_POSTGRESQL, "SELECT 1 -- ; DROP TABLE x", "SELECT" },
	{ SQL_MYSQL, "SELECT 1 -- ; DROP TABLE x", "SELECT" },
	{ SQL_SQLITE, "SELECT 1 -- ; DROP TABLE x", "SELECT" },
	{ SQL_POSTGRESQL, "SELECT 1 /* ; DROP TABLE x */", "SELECT" },
	{ SQL_MYSQL, "SELECT 1 /* ; DROP TABLE x */", "SELECT" },
	{ SQL_SQLITE, "SELECT 1 /* ; DROP TABLE x */", "SELECT" },
	{ SQL_POSTGRESQL, "SELECT \"DROP TABLE x\" FROM t", "SELECT t" },
	{ SQL_MYSQL, "SELECT \"DROP TABLE x\" FROM t", "SELECT t" },
	{ SQL_SQLITE, "SELECT \"DROP TABLE x\" FROM t", "SELECT t" },
	{ SQL_POSTGRESQL, "DROP/**/TABLE/* x */a", "DROP a" },
	{ SQL_MYSQL, "DROP/**/TABLE/* x */a", "DROP a" },
	{ SQL_SQLITE, "DROP/**/TABLE/* x */a", "DROP a" },
	{ SQL_POSTGRESQL, "DR/**/OP TABLE a", "UNKNOWN changes unknown" },
	{ SQL_MYSQL, "DR/**/OP TABLE a", "UNKNOWN changes unknown" },
	{ SQL_SQLITE, "DR/**/OP TABLE a", "UNKNOWN changes unknown" },
	{ SQL_POSTGRESQL, "-- nothing", "nothing" },
	{ SQL_MYSQL, "-- nothing", "nothing" },
	{ SQL_SQLITE, "-- nothing", "nothing" },
	{ SQL_POSTGRESQL, "/* nothing */ ;;", "nothing" },
	{ SQL_MYSQL, "/* nothing */ ;;", "nothing" },
	{ SQL_SQLITE, "/* nothing */ ;;", "nothing" },
	{ SQL_POSTGRESQL, "SELECT 'a' /* ' */, 'b' -- '\n FROM t", "SELECT t" },
	{ SQL_MYSQL, "SELECT 'a' /* ' */, 'b' -- '\n FROM t", "SELECT t" },
	{ SQL_SQLITE, "SELECT 'a' /* ' */, 'b' -- '\n FROM t", "SELECT t" },
	{ SQL_POSTGRESQL, "DELETE FROM t -- WHERE id = 1", "DELETE t" },
	{ SQL_MYSQL, "DELETE FROM t -- WHERE id = 1", "DELETE t" },
	{ SQL_SQLITE, "DELETE FROM t -- WHERE id = 1", "DELETE t" },
	{ SQL_POSTGRESQL, "DELETE FROM t /* WHERE id = 1 */", "DELETE t" },
	{ SQL_MYSQL, "DELETE FROM t /* WHERE id = 1 */", "DELETE t" },
	{ SQL_SQLITE, "DELETE FROM t /* WHERE id = 1 */", "DELETE t" },
	{ SQL_POSTGRESQL, "DELETE FROM t -- \n WHERE id = 1", "DELETE t where" },
	{ SQL_MYSQL, "DELETE FROM t -- \n WHERE id = 1", "DELETE t where" },
	{ SQL_SQLITE, "DELETE FROM t -- \n WHERE id = 1", "DELETE t where" },
	{ SQL_POSTGRESQL, "SELECT $$DROP TABLE x$$", "SELECT" },
	{ SQL_POSTGRESQL, "SELECT $a$ $$; DROP TABLE x; $a$", "SELECT" },
	{ SQL_POSTGRESQL, "SELECT E'\\'; DROP TABLE x; --'", "SELECT" },
	{ SQL_POSTGRESQL, "SELECT '\\'; DROP TABLE x; --'", "SELECT; DROP x" },
	{ SQL_POSTGRESQL, "SELECT /* /* */ ; DROP TABLE x; */ 1", "SELECT" },
	{ SQL_POSTGRESQL, "SELECT U&'d\\0061t' FROM U&\"t\\0061\"", "SELECT ta" },
	{ SQL_POSTGRESQL,
	  "SELECT \xe2"
	  "\x80"
	  "\x98"
	  "; DROP TABLE x; --\xe2"
	  "\x80"
	  "\x99"
	  "",
	  "SELECT; DROP x" },
	{ SQL_MYSQL, "SELECT 1 # ; DROP TABLE x", "SELECT" },
	{ SQL_MYSQL, "SELECT 1 --; DROP TABLE x", "SELECT; DROP x" },
	{ SQL_MYSQL, "SELECT 5--1 FROM t", "SELECT t" },
	{ SQL_MYSQL, "SELECT `a``; DROP TABLE x`", "SELECT" },
	{ SQL_MYSQL, "SELECT /* /* */ 1 FROM t", "SELECT t" },
	{ SQL_MYSQL, "SELECT $$ FROM t; DROP TABLE x", "SELECT t; DROP x" },
	{ SQL_MYSQL,
	  "SELECT \xe2"
	  "\x80"
	  "\x98"
	  "a\xe2"
	  "\x80"
	  "\x99"
	  " FROM t",
	  "SELECT t" },
	{ SQL_SQLITE, "SELECT [a; DROP TABLE x] FROM t", "SELECT t" },
	{ SQL_SQLITE, "SELECT `a`, \"b\"\"c\" FROM [d e]", "SELECT d e" },
	{ SQL_SQLITE, "SELECT /* /* */ 1; DROP TABLE x", "SELECT; DROP x" },
	{ SQL_SQLITE, "SELECT '\\'; DROP TABLE x; --'", "SELECT; DROP x" },
	{ SQL_SQLITE, "SELECT 1 # x", "SELECT unknown" },
};

static const struct row what_mysql_may_read_in_two_ways_is_not_understood_rows[] = {
	{ SQL_MYSQL, "SELECT 'it\\'s'", "SELECT" },
	{ SQL_MYSQL, "SELECT 'it\\'s', 'o\\'clock' FROM t", "SELECT t" },
	{ SQL_MYSQL, "SELECT '\\'; DROP TABLE x; -- '", "SELECT; ..." },
	{ SQL_MYSQL, "DELETE FROM t WHERE a = '\\' OR 1=1 -- '", "DELETE t where; ..." },
	{ SQL_MYSQL, "SELECT \"\\\"; DROP TABLE x; -- \"", "SELECT; ..." },
	{ SQL_MYSQL, "SELECT 'a\\\\' FROM t", "SELECT t" },
	{ SQL_MYSQL, "SELECT 'a\\nb' FROM t", "SELECT t" },
	{ SQL_MYSQL, "INSERT INTO t VALUES ('a\\'); DROP TABLE x; SELECT ('b')",
	  "INSERT t unknown" },
	{ SQL_MYSQL, "/*!50000 DROP TABLE x */", "DROP x" },
	{ SQL_MYSQL, "/*!DROP*/ /*! TABLE x */", "DROP x" },
	{ SQL_MYSQL, "DROP /*!50000 TABLE */ x", "DROP x" },
	{ SQL_MYSQL, "/*!99999 DROP TABLE x */", "DROP x; ..." },
	{ SQL_MYSQL, "/*M!100100 DROP TABLE x */", "UNKNOWN changes unknown" },
	{ SQL_MYSQL, "DELETE FROM t /*!99999 WHERE id = 1 */", "DELETE t where; ..." },
	{ SQL_MYSQL, "DELETE FROM t /*!40000 WHERE id = 1 */", "DELETE t where" },
	{ SQL_MYSQL, "SELECT a /*!80000 , b */ FROM t", "SELECT t" },
	{ SQL_MYSQL, "/*!5000 DROP TABLE x */", "UNKNOWN changes unknown" },
	{ SQL_MYSQL, "/*!500000 DROP TABLE x */", "UNKNOWN changes unknown" },
	{ SQL_MYSQL, "/*!50000 SELECT 1 /* a */ FROM t */", "SELECT t" },
	{ SQL_MYSQL, "/*!50000 SELECT /*!50000 1 */ */", "SELECT unknown" },
	{ SQL_MYSQL, "/*!50000 SELECT 1", "SELECT unknown" },
	{ SQL_MYSQL, "SELECT 1 /*!50000 '*/' */ FROM t", "SELECT t" },
	{ SQL_MYSQL, "SELECT 1 */ DROP TABLE x", "SELECT x" },
};

static const struct row parts_that_change_data_are_effects_of_their_own_rows[] = {
	{ SQL_POSTGRESQL, "WITH d AS (DELETE FROM a WHERE id = 1 RETURNING *) SELECT * FROM d, b",
	  "SELECT b; DELETE a where" },
	{ SQL_POSTGRESQL, "WITH d AS (DELETE FROM a RETURNING *) INSERT INTO b SELECT * FROM d",
	  "INSERT b; DELETE a" },
	{ SQL_POSTGRESQL,
	  "WITH u AS (UPDATE a SET x = 1 RETURNING x), i AS (INSERT INTO c SELECT x FROM u) DELETE "
	  "FROM e USING u WHERE e.x = u.x",
	  "DELETE e where; UPDATE a; INSERT c" },
	{ SQL_POSTGRESQL, "EXPLAIN DELETE FROM a", "EXPLAIN a" },
	{ SQL_POSTGRESQL, "EXPLAIN ANALYZE DELETE FROM a", "EXPLAIN; DELETE a" },
	{ SQL_POSTGRESQL, "EXPLAIN (ANALYZE true, BUFFERS) UPDATE a SET x = 1 WHERE y = 2",
	  "EXPLAIN; UPDATE a where" },
	{ SQL_POSTGRESQL, "EXPLAIN (COSTS off) SELECT f(1) FROM a", "EXPLAIN a; CALL f changes" },
	{ SQL_POSTGRESQL, "PREPARE p AS DELETE FROM x WHERE a = $1", "PREPARE p; DELETE x where" },
	{ SQL_POSTGRESQL, "DECLARE c CURSOR FOR SELECT * FROM t", "DECLARE c; SELECT t" },
	{ SQL_POSTGRESQL, "SELECT * INTO x FROM y", "SELECT y; CREATE x" },
	{ SQL_POSTGRESQL, "CREATE TABLE x AS SELECT * FROM y WHERE z = 1", "CREATE x from y" },
	{ SQL_POSTGRESQL, "CREATE VIEW v AS SELECT * FROM t", "CREATE v from t" },
	{ SQL_POSTGRESQL, "SELECT * FROM a FOR UPDATE", "SELECT a; LOCK a" },
	{ SQL_POSTGRESQL, "CREATE SCHEMA s CREATE TABLE t (a int)", "CREATE s; CREATE t" },
	{ SQL_POSTGRESQL,
	  "INSERT INTO a VALUES (1) ON CONFLICT (x) DO UPDATE SET y = 1 WHERE a.z = 2",
	  "INSERT a" },
	{ SQL_POSTGRESQL, "COPY (DELETE FROM a RETURNING *) TO STDOUT", "COPY; DELETE a" },
	{ SQL_MYSQL, "EXPLAIN DELETE FROM a", "EXPLAIN a" },
	{ SQL_MYSQL, "EXPLAIN ANALYZE SELECT * FROM a", "EXPLAIN; SELECT a" },
	{ SQL_MYSQL, "ANALYZE FORMAT=JSON DELETE FROM a", "EXPLAIN; DELETE a" },
	{ SQL_MYSQL, "DESC t", "EXPLAIN t" },
	{ SQL_MYSQL, "DESCRIBE SELECT * FROM t", "EXPLAIN t" },
	{ SQL_MYSQL, "ANALYZE TABLE t", "ANALYZE t" },
	{ SQL_MYSQL, "SELECT * FROM a LOCK IN SHARE MODE", "SELECT a; LOCK a" },
	{ SQL_MYSQL, "INSERT INTO a SELECT * FROM b WHERE x = 1", "INSERT a from b" },
	{ SQL_MYSQL, "CREATE TABLE a AS SELECT * FROM b", "CREATE a from b" },
	{ SQL_MYSQL, "INSERT INTO a SET x = 1 ON DUPLICATE KEY UPDATE x = 2", "INSERT a" },
	{ SQL_SQLITE, "EXPLAIN QUERY PLAN DELETE FROM a", "EXPLAIN a" },
	{ SQL_SQLITE, "EXPLAIN DROP TABLE a", "EXPLAIN a" },
	{ SQL_SQLITE, "EXPLAIN EXPLAIN SELECT 1", "EXPLAIN unknown" },
	{ SQL_SQLITE, "INSERT OR REPLACE INTO a SELECT * FROM b", "REPLACE a from b" },
	{ SQL_SQLITE, "WITH x AS (DELETE FROM a) SELECT 1", "SELECT unknown" },
};

static const struct row tables_are_those_that_are_reached_rows[] = {
	{ SQL_SQLITE, "DELETE FROM a WHERE x IN b AND y = 1", "DELETE a from b where" },
	{ SQL_SQLITE, "SELECT x NOT IN 'b' FROM a, c", "SELECT b,a,c" },
	{ SQL_SQLITE, "WITH recursive AS (SELECT * FROM a) SELECT * FROM recursive", "SELECT a" },
	{ SQL_SQLITE, "SELECT * FROM a window, b", "SELECT a,b" },
	{ SQL_SQLITE, "SELECT * FROM a for JOIN b", "SELECT a,b" },
	{ SQL_SQLITE, "SELECT * FROM lateral", "SELECT lateral" },
	{ SQL_SQLITE, "SELECT a FROM t WHERE 1 WINDOW w AS (ORDER BY a)", "SELECT t" },
	{ SQL_MYSQL, "SELECT * FROM a intersect, b", "SELECT a,b" },
	{ SQL_MYSQL, "SELECT * FROM lateral, b", "SELECT lateral,b" },
	{ SQL_MYSQL, "INSERT INTO a (x) TABLE b", "INSERT a from b" },
	{ SQL_MYSQL, "SELECT * FROM a UNION TABLE b", "SELECT a,b" },
	{ SQL_SQLITE, "UPDATE t SET a = 1 WHERE id = 1 OR window OR 1=1", "UPDATE t" },
	{ SQL_POSTGRESQL, "WITH x AS (SELECT * FROM y) SELECT * FROM x JOIN z ON true",
	  "SELECT z,y" },
	{ SQL_MYSQL, "WITH x AS (SELECT * FROM y) SELECT * FROM x JOIN z ON true", "SELECT y,z" },
	{ SQL_SQLITE, "WITH x AS (SELECT * FROM y) SELECT * FROM x JOIN z ON true", "SELECT y,z" },
	{ SQL_POSTGRESQL, "WITH users AS (SELECT * FROM users) SELECT * FROM users",
	  "SELECT users" },
	{ SQL_MYSQL, "WITH users AS (SELECT * FROM users) SELECT * FROM users", "SELECT users" },
	{ SQL_SQLITE, "WITH users AS (SELECT * FROM users) SELECT * FROM users", "SELECT users" },
	{ SQL_POSTGRESQL,
	  "WITH RECURSIVE c AS (SELECT 1 UNION ALL SELECT * FROM c) SELECT * FROM c", "SELECT" },
	{ SQL_MYSQL, "WITH RECURSIVE c AS (SELECT 1 UNION ALL SELECT * FROM c) SELECT * FROM c",
	  "SELECT" },
	{ SQL_SQLITE, "WITH RECURSIVE c AS (SELECT 1 UNION ALL SELECT * FROM c) SELECT * FROM c",
	  "SELECT" },
	{ SQL_POSTGRESQL, "WITH a AS (SELECT 1), b AS (SELECT * FROM a) SELECT * FROM b",
	  "SELECT" },
	{ SQL_MYSQL, "WITH a AS (SELECT 1), b AS (SELECT * FROM a) SELECT * FROM b", "SELECT" },
	{ SQL_SQLITE, "WITH a AS (SELECT 1), b AS (SELECT * FROM a) SELECT * FROM b", "SELECT" },
	{ SQL_POSTGRESQL, "WITH t AS (SELECT 1) DELETE FROM t", "DELETE t" },
	{ SQL_MYSQL, "WITH t AS (SELECT 1) DELETE FROM t", "DELETE t" },
	{ SQL_SQLITE, "WITH t AS (SELECT 1) DELETE FROM t", "DELETE t" },
	{ SQL_POSTGRESQL, "SELECT * FROM (WITH x AS (SELECT 1) SELECT * FROM x) y, x", "SELECT x" },
	{ SQL_MYSQL, "SELECT * FROM (WITH x AS (SELECT 1) SELECT * FROM x) y, x", "SELECT x" },
	{ SQL_SQLITE, "SELECT * FROM (WITH x AS (SELECT 1) SELECT * FROM x) y, x", "SELECT x" },
	{ SQL_POSTGRESQL, "SELECT (SELECT max(x) FROM a) FROM b WHERE c IN (SELECT d FROM e)",
	  "SELECT a,b,e where" },
	{ SQL_MYSQL, "SELECT (SELECT max(x) FROM a) FROM b WHERE c IN (SELECT d FROM e)",
	  "SELECT a,b,e where" },
	{ SQL_SQLITE, "SELECT (SELECT max(x) FROM a) FROM b WHERE c IN (SELECT d FROM e)",
	  "SELECT a,b,e where" },
	{ SQL_POSTGRESQL, "SELECT * FROM s.t, \"S.T\"", "SELECT s.t,\"S.T\"" },
	{ SQL_MYSQL, "SELECT * FROM s.t, \"S.T\"", "SELECT s.t,\"s.t\"" },
	{ SQL_SQLITE, "SELECT * FROM s.t, \"S.T\"", "SELECT s.t,\"s.t\"" },
	{ SQL_POSTGRESQL, "SELECT * FROM a LEFT JOIN (b CROSS JOIN c) ON a.x = b.x",
	  "SELECT a,b,c" },
	{ SQL_MYSQL, "SELECT * FROM a LEFT JOIN (b CROSS JOIN c) ON a.x = b.x", "SELECT a,b,c" },
	{ SQL_SQLITE, "SELECT * FROM a LEFT JOIN (b CROSS JOIN c) ON a.x = b.x", "SELECT a,b,c" },
	{ SQL_POSTGRESQL, "SELECT a FROM t UNION SELECT b FROM u INTERSECT SELECT c FROM v",
	  "SELECT t,u,v" },
	{ SQL_MYSQL, "SELECT a FROM t UNION SELECT b FROM u INTERSECT SELECT c FROM v",
	  "SELECT t,u,v" },
	{ SQL_SQLITE, "SELECT a FROM t UNION SELECT b FROM u INTERSECT SELECT c FROM v",
	  "SELECT t,u,v" },
	{ SQL_POSTGRESQL, "DELETE FROM ONLY a USING b WHERE a.x = b.x", "DELETE a from b where" },
	{ SQL_POSTGRESQL, "UPDATE a SET x = 1 FROM b WHERE a.x = b.x", "UPDATE a from b where" },
	{ SQL_POSTGRESQL, "SELECT * FROM \"Users\", USERS", "SELECT Users,users" },
	{ SQL_POSTGRESQL, "SELECT * FROM d.s.t", "SELECT d.s.t" },
	{ SQL_POSTGRESQL, "TABLE t", "SELECT t" },
	{ SQL_POSTGRESQL, "CREATE TABLE t (LIKE a.b, x int REFERENCES c (y)) INHERITS (z)",
	  "CREATE t from a.b,c,z" },
	{ SQL_POSTGRESQL,
	  "SELECT extract(year FROM x), trim(both FROM y), substring(z FROM 1) FROM t",
	  "SELECT t" },
	{ SQL_MYSQL, "DELETE a FROM users a JOIN b ON a.x = b.x WHERE a.id = 3",
	  "DELETE a,users,b where" },
	{ SQL_MYSQL, "DELETE FROM a USING a JOIN b WHERE a.x = b.x", "DELETE a,b where" },
	{ SQL_MYSQL, "DELETE a.*, b.* FROM a, b WHERE a.x = b.x", "DELETE a,b where" },
	{ SQL_MYSQL, "UPDATE a JOIN b ON a.x = b.x SET a.y = 1 WHERE b.z = 2", "UPDATE a,b where" },
	{ SQL_MYSQL, "UPDATE a, (SELECT * FROM c) d SET a.x = d.x", "UPDATE a from c" },
	{ SQL_MYSQL, "SELECT * FROM a USE INDEX FOR ORDER BY (i), b", "SELECT a,b" },
	{ SQL_MYSQL, "SELECT * FROM a FORCE INDEX FOR JOIN (i), b", "SELECT a,b" },
	{ SQL_MYSQL, "SELECT * FROM `a`.`b`, c . d", "SELECT a.b,c.d" },
	{ SQL_MYSQL, "SELECT * FROM db.1a, 2b", "SELECT db.1a,2b" },
	{ SQL_MYSQL, "SELECT 1 FROM DUAL", "SELECT" },
	{ SQL_MYSQL, "SELECT * FROM (VALUES ROW(1)) v, t", "SELECT t" },
	{ SQL_MYSQL, "SELECT extract(year FROM x) FROM t", "SELECT t" },
	{ SQL_MYSQL, "SELECT * FROM t PARTITION (p0), u", "SELECT t,u" },
	{ SQL_MYSQL, "SHOW COLUMNS FROM t", "SHOW t" },
	{ SQL_MYSQL, "SHOW CREATE TABLE t", "SHOW t" },
	{ SQL_MYSQL, "SELECT * FROM \"users\"", "SELECT users" },
	{ SQL_MYSQL, "SELECT * FROM LATERAL (SELECT * FROM a) b", "SELECT a" },
	{ SQL_SQLITE, "DELETE FROM 'users'", "DELETE users" },
	{ SQL_SQLITE, "SELECT * FROM key, match", "SELECT key,match" },
	{ SQL_SQLITE, "UPDATE a SET x = 1 FROM b WHERE a.i = b.i", "UPDATE a from b where" },
	{ SQL_SQLITE, "SELECT a IS NOT DISTINCT FROM b FROM t", "SELECT t" },
	{ SQL_SQLITE, "SELECT * FROM json_each('[]'), t", "SELECT t" },
	{ SQL_SQLITE, "SELECT * FROM (VALUES (1)), t", "SELECT t" },
	{ SQL_SQLITE, "VALUES (1)", "SELECT" },
};

static const struct row what_leaves_the_database_is_told_rows[] = {
	{ SQL_POSTGRESQL, "COPY a TO PROGRAM 'x'", "COPY a changes outside" },
	{ SQL_POSTGRESQL, "COPY a FROM '/etc/passwd'", "COPY a outside" },
	{ SQL_POSTGRESQL, "COPY a FROM STDIN", "COPY a" },
	{ SQL_POSTGRESQL, "COPY a TO STDOUT", "COPY a" },
	{ SQL_POSTGRESQL, "COPY (SELECT * FROM z) TO '/x'", "COPY z changes outside" },
	{ SQL_POSTGRESQL, "SELECT pg_read_file('/etc/passwd')",
	  "SELECT; CALL pg_read_file changes outside" },
	{ SQL_POSTGRESQL, "SELECT * FROM pg_catalog.pg_ls_dir('.')",
	  "SELECT; CALL pg_ls_dir changes outside" },
	{ SQL_POSTGRESQL, "SELECT lo_export(1, '/x') FROM t",
	  "SELECT t; CALL lo_export changes outside" },
	{ SQL_POSTGRESQL, "SELECT * FROM x.dblink('a', 'b')",
	  "SELECT; CALL x.dblink changes outside unknown" },
	{ SQL_POSTGRESQL, "SELECT \"pg_read_file\"('x')",
	  "SELECT; CALL pg_read_file changes outside" },
	{ SQL_POSTGRESQL, "SELECT query_to_xml('delete from t', true, true, '')",
	  "SELECT; CALL query_to_xml changes outside unknown" },
	{ SQL_POSTGRESQL, "SELECT pg_sleep(1), set_config('a', 'b', false)",
	  "SELECT; CALL pg_sleep changes; CALL set_config changes; SET a" },
	{ SQL_POSTGRESQL, "SELECT count(*), lower(a), now(), my_own(1), my.lower('x') FROM t",
	  "SELECT t; CALL my_own changes; CALL my.lower changes" },
	{ SQL_POSTGRESQL, "SELECT pg_catalog.now()", "SELECT" },
	{ SQL_POSTGRESQL, "CREATE EXTENSION x", "CREATE x outside" },
	{ SQL_POSTGRESQL, "LOAD 'x'", "LOAD x outside" },
	{ SQL_POSTGRESQL, "CREATE SERVER s FOREIGN DATA WRAPPER w", "CREATE s,w outside" },
	{ SQL_POSTGRESQL, "CREATE TABLE t (a int DEFAULT nextval('s'))",
	  "CREATE t; CALL nextval changes" },
	{ SQL_POSTGRESQL, "CALL p(1)", "CALL p changes" },
	{ SQL_POSTGRESQL, "CREATE INDEX i ON t (pg_read_file(a))",
	  "CREATE i,t; CALL pg_read_file changes outside" },
	{ SQL_POSTGRESQL, "SELECT 1 WHERE a = (SELECT pg_terminate_backend(1))",
	  "SELECT where; CALL pg_terminate_backend changes" },
	{ SQL_MYSQL, "SELECT load_file('/etc/passwd')", "SELECT; CALL load_file changes outside" },
	{ SQL_MYSQL, "SELECT LOAD_FILE ('x')", "SELECT; CALL load_file changes outside" },
	{ SQL_MYSQL, "SELECT 1 INTO OUTFILE '/x'", "SELECT changes outside" },
	{ SQL_MYSQL, "SELECT a FROM t INTO DUMPFILE '/x'", "SELECT t changes outside" },
	{ SQL_MYSQL, "SELECT a INTO @v FROM t", "SELECT t" },
	{ SQL_MYSQL, "LOAD DATA LOCAL INFILE 'x' INTO TABLE t", "LOAD t outside" },
	{ SQL_MYSQL, "SELECT sys_exec('x')", "SELECT; CALL sys_exec changes outside" },
	{ SQL_MYSQL, "SELECT sleep(9)", "SELECT; CALL sleep changes" },
	{ SQL_MYSQL, "SELECT f(1), db.count(1), count(*) FROM t",
	  "SELECT t; CALL f changes; CALL count changes" },
	{ SQL_MYSQL, "INSTALL PLUGIN x SONAME 'y'", "INSTALL changes outside" },
	{ SQL_MYSQL, "CREATE TABLE t (a int) DATA DIRECTORY = '/x'", "CREATE t outside" },
	{ SQL_MYSQL, "CREATE TABLE t (a int) CONNECTION='mysql://x'", "CREATE t outside" },
	{ SQL_MYSQL, "CREATE SERVER s FOREIGN DATA WRAPPER mysql OPTIONS (HOST 'x')",
	  "CREATE s outside" },
	{ SQL_MYSQL, "SELECT `load_file`('x')", "SELECT; CALL load_file changes outside" },
	{ SQL_SQLITE, "ATTACH 'x' AS y", "ATTACH y outside" },
	{ SQL_SQLITE, "ATTACH DATABASE 'x' AS \"y z\"", "ATTACH y z outside" },
	{ SQL_SQLITE, "VACUUM", "VACUUM changes" },
	{ SQL_SQLITE, "VACUUM main INTO '/x'", "VACUUM changes outside" },
	{ SQL_SQLITE, "SELECT load_extension('x')", "SELECT; CALL load_extension changes outside" },
	{ SQL_SQLITE, "SELECT writefile('a', 'b')", "SELECT; CALL writefile changes outside" },
	{ SQL_SQLITE, "SELECT readfile('a') FROM t", "SELECT t; CALL readfile changes outside" },
	{ SQL_SQLITE, "CREATE VIRTUAL TABLE t USING csv(filename='/x')",
	  "CREATE t outside; CALL csv changes outside" },
	{ SQL_SQLITE, "SELECT my_own(1)", "SELECT; CALL my_own changes" },
	{ SQL_SQLITE, "DETACH y", "DETACH" },
};

static const struct row settings_and_pragmas_say_what_they_change_rows[] = {
	{ SQL_POSTGRESQL, "SET client_encoding TO 'UTF8'", "SET client_encoding" },
	{ SQL_POSTGRESQL, "SET NAMES 'sjis'", "SET client_encoding unknown" },
	{ SQL_POSTGRESQL, "SET standard_conforming_strings = on",
	  "SET standard_conforming_strings" },
	{ SQL_POSTGRESQL, "SET standard_conforming_strings = off",
	  "SET standard_conforming_strings unknown" },
	{ SQL_POSTGRESQL, "SET standard_conforming_strings = 0; SET x = 1",
	  "SET standard_conforming_strings unknown; SET x" },
	{ SQL_POSTGRESQL, "SELECT set_config('client_encoding', 'UTF8', false)",
	  "SELECT; CALL set_config changes; SET client_encoding" },
	{ SQL_POSTGRESQL, "SELECT set_config('client_encoding', 'sjis', false)",
	  "SELECT; CALL set_config changes; SET client_encoding unknown" },
	{ SQL_POSTGRESQL, "SELECT set_config('Client_Encoding', '', false)",
	  "SELECT; CALL set_config changes; SET client_encoding unknown" },
	{ SQL_POSTGRESQL,
	  "SELECT pg_catalog.set_config('standard_conforming_strings', 'off', true)",
	  "SELECT; CALL set_config changes; SET standard_conforming_strings unknown" },
	{ SQL_POSTGRESQL, "SELECT \"set_config\"('standard_conforming_strings', 'on', $1)",
	  "SELECT; CALL set_config changes; SET standard_conforming_strings" },
	{ SQL_POSTGRESQL, "SELECT set_config('client_encoding', $1, false)",
	  "SELECT; CALL set_config changes; SET client_encoding unknown" },
	{ SQL_POSTGRESQL,
	  "SELECT set_config('search_path', $1, true), set_config('ROLE', 'x', true)",
	  "SELECT; CALL set_config changes; SET search_path; SET role" },
	{ SQL_POSTGRESQL, "SELECT set_config($1, 'x', true)",
	  "SELECT; CALL set_config changes; SET unknown" },
	{ SQL_POSTGRESQL, "SELECT set_config('a' || 'b', 'x', true)",
	  "SELECT; CALL set_config changes; SET unknown" },
	{ SQL_POSTGRESQL, "SELECT set_config(setting_name => 'a', new_value => 'b')",
	  "SELECT; CALL set_config changes; SET unknown" },
	{ SQL_POSTGRESQL, "SELECT set_config(set_config('a', 'b', true), 'c', true)",
	  "SELECT; CALL set_config changes; SET a; SET unknown" },
	{ SQL_POSTGRESQL, "SELECT * FROM t WHERE set_config('role', a, true) = 'x'",
	  "SELECT t where; CALL set_config changes; SET role" },
	{ SQL_POSTGRESQL, "SELECT set_config()", "SELECT; CALL set_config changes; SET unknown" },
	{ SQL_POSTGRESQL, "SELECT my.set_config('client_encoding', 'sjis', false)",
	  "SELECT; CALL my.set_config changes" },
	{ SQL_POSTGRESQL, "DROP FUNCTION set_config", "DROP set_config" },
	{ SQL_MYSQL, "SET NAMES 'utf8mb4' COLLATE utf8mb4_bin", "SET names" },
	{ SQL_MYSQL, "SET NAMES gbk", "SET names unknown" },
	{ SQL_MYSQL, "SET CHARACTER SET gbk", "SET character unknown" },
	{ SQL_MYSQL, "SET @@session.character_set_client = gbk",
	  "SET character_set_client unknown" },
	{ SQL_MYSQL, "SET x = 1, character_set_client := utf8", "SET x,character_set_client" },
	{ SQL_POSTGRESQL, "SET search_path = a, b", "SET search_path" },
	{ SQL_POSTGRESQL, "SET ROLE x", "SET role" },
	{ SQL_POSTGRESQL, "SET SESSION AUTHORIZATION x", "SET session_authorization" },
	{ SQL_POSTGRESQL, "RESET ALL", "SET" },
	{ SQL_POSTGRESQL, "SHOW x", "SHOW x" },
	{ SQL_POSTGRESQL, "ALTER ROLE x SUPERUSER", "ALTER x" },
	{ SQL_POSTGRESQL, "ALTER DATABASE d SET x = 1", "ALTER d,x" },
	{ SQL_MYSQL, "SET NAMES utf8", "SET names" },
	{ SQL_MYSQL, "SET @a = 1, @@session.b = 2", "SET @a,b" },
	{ SQL_MYSQL, "SET GLOBAL x = 1", "SET x changes" },
	{ SQL_MYSQL, "SET @@global.x = 1", "SET x changes" },
	{ SQL_MYSQL, "SET PERSIST x = 1", "SET x changes" },
	{ SQL_MYSQL, "SET sql_mode = 'ANSI_QUOTES', GLOBAL y = (SELECT 1)",
	  "SET sql_mode,y changes" },
	{ SQL_MYSQL, "SET PASSWORD = 'x'", "SET password changes" },
	{ SQL_MYSQL, "SET TRANSACTION READ ONLY", "SET transaction" },
	{ SQL_SQLITE, "PRAGMA table_info(x)", "PRAGMA table_info" },
	{ SQL_SQLITE, "PRAGMA main.table_info('x')", "PRAGMA table_info" },
	{ SQL_SQLITE, "PRAGMA user_version", "PRAGMA user_version" },
	{ SQL_SQLITE, "PRAGMA user_version = 5", "PRAGMA user_version changes" },
	{ SQL_SQLITE, "PRAGMA journal_mode(wal)", "PRAGMA journal_mode changes" },
	{ SQL_SQLITE, "PRAGMA writable_schema = ON", "PRAGMA writable_schema changes" },
	{ SQL_SQLITE, "PRAGMA wal_checkpoint", "PRAGMA wal_checkpoint changes" },
};

static const struct row what_runs_elsewhere_or_later_is_not_understood_rows[] = {
	{ SQL_POSTGRESQL, "DO $$ BEGIN DELETE FROM t; END $$", "DO changes unknown" },
	{ SQL_POSTGRESQL, "EXECUTE p", "EXECUTE p unknown" },
	{ SQL_POSTGRESQL, "CREATE FUNCTION s.f() RETURNS int LANGUAGE sql AS 'DELETE FROM t'",
	  "CREATE s.f unknown" },
	{ SQL_POSTGRESQL, "CREATE TRIGGER g BEFORE INSERT ON a EXECUTE FUNCTION f()",
	  "CREATE g,a,f unknown" },
	{ SQL_POSTGRESQL, "CREATE RULE r AS ON INSERT TO a DO INSTEAD DELETE FROM b",
	  "CREATE a,r unknown; DELETE b" },
	{ SQL_POSTGRESQL, "CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION f()",
	  "CREATE e,f unknown" },
	{ SQL_MYSQL, "PREPARE s FROM @x", "PREPARE changes unknown" },
	{ SQL_MYSQL, "EXECUTE s", "EXECUTE changes unknown" },
	{ SQL_MYSQL, "CREATE PROCEDURE p() BEGIN DELETE FROM t; END; DROP TABLE x",
	  "CREATE p unknown" },
	{ SQL_MYSQL,
	  "CREATE DEFINER=`a`@`b` TRIGGER g BEFORE INSERT ON a FOR EACH ROW DELETE FROM b",
	  "CREATE g,a unknown" },
	{ SQL_MYSQL, "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO DELETE FROM t",
	  "CREATE e unknown" },
	{ SQL_MYSQL, "ALTER EVENT e DO DELETE FROM t", "ALTER e unknown" },
	{ SQL_MYSQL, "BEGIN NOT ATOMIC DELETE FROM t; END",
	  "BEGIN unknown; UNKNOWN changes unknown" },
	{ SQL_MYSQL, "SET STATEMENT a = 1 FOR DELETE FROM t", "SET statement unknown" },
	{ SQL_MYSQL, "DELIMITER //", "UNKNOWN changes unknown" },
	{ SQL_MYSQL, "IF 1 THEN DELETE FROM t; END IF", "UNKNOWN changes unknown" },
	{ SQL_MYSQL, "BINLOG 'x'", "UNKNOWN changes unknown" },
	{ SQL_MYSQL, "source x", "UNKNOWN changes unknown" },
	{ SQL_SQLITE,
	  "CREATE TRIGGER g AFTER INSERT ON a BEGIN DELETE FROM b; SELECT CASE WHEN 1 THEN 2 END; "
	  "END; DROP TABLE z",
	  "CREATE g,a unknown; DROP z" },
	{ SQL_SQLITE, ".shell ls", "UNKNOWN changes unknown" },
};

static const struct row what_cannot_be_read_is_not_understood_rows[] = {
	{ SQL_SQLITE, "SELECT * FROM \xef\xbb\xbfusers", "SELECT unknown" },
	{ SQL_MYSQL, "\xef\xbb\xbfSELECT 1", "UNKNOWN changes unknown" },
	{ SQL_POSTGRESQL, "SELECT 'a", "UNKNOWN changes unknown" },
	{ SQL_MYSQL, "SELECT 'a", "SELECT unknown" },
	{ SQL_SQLITE, "SELECT 'a", "SELECT unknown" },
	{ SQL_POSTGRESQL, "SELECT \"a", "UNKNOWN changes unknown" },
	{ SQL_MYSQL, "SELECT \"a", "SELECT unknown" },
	{ SQL_SQLITE, "SELECT \"a", "SELECT unknown" },
	{ SQL_POSTGRESQL, "/* a", "UNKNOWN changes unknown" },
	{ SQL_MYSQL, "/* a", "UNKNOWN changes unknown" },
	{ SQL_SQLITE, "/* a", "UNKNOWN changes unknown" },
	{ SQL_POSTGRESQL, "SELECT (1", "UNKNOWN changes unknown" },
	{ SQL_MYSQL, "SELECT (1", "SELECT unknown" },
	{ SQL_SQLITE, "SELECT (1", "SELECT unknown" },
	{ SQL_POSTGRESQL, "SELECT 1)", "UNKNOWN changes unknown" },
	{ SQL_MYSQL, "SELECT 1)", "SELECT unknown" },
	{ SQL_SQLITE, "SELECT 1)", "SELECT unknown" },
	{ SQL_POSTGRESQL, "FROBNICATE t", "UNKNOWN changes unknown" },
	{ SQL_MYSQL, "FROBNICATE t", "UNKNOWN changes unknown" },
	{ SQL_SQLITE, "FROBNICATE t", "UNKNOWN changes unknown" },
	{ SQL_POSTGRESQL, "SELECT 1; FROBNICATE; DROP TABLE x", "UNKNOWN changes unknown" },
	{ SQL_MYSQL, "SELECT 1; FROBNICATE; DROP TABLE x", "SELECT; UNKNOWN changes unknown" },
	{ SQL_SQLITE, "SELECT 1; FROBNICATE; DROP TABLE x", "SELECT; UNKNOWN changes unknown" },
	{ SQL_POSTGRESQL, "DROP TABLE \\x", "UNKNOWN changes unknown" },
	{ SQL_MYSQL, "DROP TABLE \\x", "DROP changes unknown" },
	{ SQL_SQLITE, "DROP TABLE \\x", "DROP changes unknown" },
	{ SQL_POSTGRESQL, "SELECT FROM WHERE", "UNKNOWN changes unknown" },
	{ SQL_POSTGRESQL, "$a$ x", "UNKNOWN changes unknown" },
	{ SQL_POSTGRESQL, "SELECT E'\\'", "UNKNOWN changes unknown" },
	{ SQL_MYSQL, "SELECT `a", "SELECT unknown" },
	{ SQL_MYSQL, "SELECT 'a\\'", "SELECT unknown" },
	{ SQL_MYSQL, "SELECT * FROM ?", "SELECT unknown" },
	{ SQL_MYSQL, "SELECT * FROM {oj a}", "SELECT unknown" },
	{ SQL_MYSQL, "SELECT @'a", "SELECT unknown" },
	{ SQL_MYSQL, "DROP", "DROP changes unknown" },
	{ SQL_MYSQL, "INSERT INTO 5", "INSERT changes unknown" },
	{ SQL_MYSQL, "SELECT * FROM 'a'", "SELECT unknown" },
	{ SQL_SQLITE, "SELECT [a", "SELECT unknown" },
	{ SQL_SQLITE, "SELECT 1a", "SELECT unknown" },
	{ SQL_SQLITE, "SELECT $a(b)", "SELECT unknown" },
	{ SQL_SQLITE, "SELECT :a::b", "SELECT unknown" },
	{ SQL_SQLITE, "SELECT 1 \v", "SELECT unknown" },
	{ SQL_SQLITE, "SELECT ?1, :a, @b, $c FROM t", "SELECT t" },
	{ SQL_SQLITE, "DELETE FROM ?", "DELETE changes unknown" },
};

static const struct row commands_of_redis_are_known_by_their_flags_rows[] = {
	{ SQL_REDIS, "GET a", "GET a" },
	{ SQL_REDIS, "get \"a b\"", "GET a b" },
	{ SQL_REDIS, "SET a 1\r\nDEL a b c", "SET a; DEL a,b,c" },
	{ SQL_REDIS, "MSET a 1 b 2", "MSET a,b" },
	{ SQL_REDIS, "FLUSHALL", "FLUSHALL changes" },
	{ SQL_REDIS, "config get x", "CONFIG GET" },
	{ SQL_REDIS, "CONFIG SET dir /x", "CONFIG SET changes outside" },
	{ SQL_REDIS, "CONFIG REWRITE", "CONFIG REWRITE changes outside" },
	{ SQL_REDIS, "EVAL 'return 1' 0", "EVAL changes outside unknown" },
	{ SQL_REDIS, "FUNCTION LOAD x", "FUNCTION LOAD changes outside unknown" },
	{ SQL_REDIS, "SCRIPT LOAD x", "SCRIPT LOAD changes outside unknown" },
	{ SQL_REDIS, "MULTI\nINCR a\nEXEC", "MULTI; INCR a; EXEC" },
	{ SQL_REDIS, "KEYS *", "KEYS" },
	{ SQL_REDIS, "RENAME a b", "RENAME a,b" },
	{ SQL_REDIS, "SORT a STORE b", "SORT a,b" },
	{ SQL_REDIS, "SORT a", "SORT a" },
	{ SQL_REDIS, "BLPOP a b 5", "BLPOP a,b" },
	{ SQL_REDIS, "BITOP AND d a b", "BITOP d,a,b" },
	{ SQL_REDIS, "MIGRATE h 1 k 0 5", "MIGRATE k outside" },
	{ SQL_REDIS, "REPLICAOF h 1", "REPLICAOF changes outside" },
	{ SQL_REDIS, "EVALSHA x 0", "EVALSHA changes outside unknown" },
	{ SQL_REDIS, "FROB a", "UNKNOWN changes unknown" },
	{ SQL_REDIS, "CONFIG", "UNKNOWN changes unknown" },
	{ SQL_REDIS, "CLIENT KILL x", "CLIENT KILL changes" },
	{ SQL_REDIS, "GET \"a", "GET changes unknown" },
	{ SQL_REDIS, "GET \"a\"b", "GET changes unknown" },
	{ SQL_REDIS, "GET a\"b", "GET changes unknown" },
	{ SQL_REDIS, "SET 'a\\'b' 1", "SET a\\'b unknown" },
	{ SQL_REDIS, "SET 'a\\\\' 1", "SET changes unknown" },
	{ SQL_REDIS, "\"FLUSH\\x41LL\"", "UNKNOWN changes unknown" },
	{ SQL_REDIS, "ZADD z 1 a", "ZADD z" },
	{ SQL_REDIS, "XADD s * a b", "XADD s" },
	{ SQL_REDIS, "MEMORY USAGE a", "MEMORY USAGE a" },
	{ SQL_REDIS, "", "nothing" },
	{ SQL_REDIS, "  ", "nothing" },
	{ SQL_REDIS, "PUBLISH c m", "PUBLISH c" },
	{ SQL_REDIS, "SHUTDOWN NOSAVE", "SHUTDOWN changes outside" },
};

static void plain_statements_are_what_they_say(void **state)
{
	(void)state;
	check(plain_statements_are_what_they_say_rows,
	      COUNT_OF(plain_statements_are_what_they_say_rows));
}

static void a_where_counts_only_when_it_looks_at_the_row(void **state)
{
	(void)state;
	check(a_where_counts_only_when_it_looks_at_the_row_rows,
	      COUNT_OF(a_where_counts_only_when_it_looks_at_the_row_rows));
}

static void text_in_strings_and_comments_does_nothing(void **state)
{
	(void)state;
	check(text_in_strings_and_comments_does_nothing_rows,
	      COUNT_OF(text_in_strings_and_comments_does_nothing_rows));
}

static void what_mysql_may_read_in_two_ways_is_not_understood(void **state)
{
	(void)state;
	check(what_mysql_may_read_in_two_ways_is_not_understood_rows,
	      COUNT_OF(what_mysql_may_read_in_two_ways_is_not_understood_rows));
}

static void parts_that_change_data_are_effects_of_their_own(void **state)
{
	(void)state;
	check(parts_that_change_data_are_effects_of_their_own_rows,
	      COUNT_OF(parts_that_change_data_are_effects_of_their_own_rows));
}

static void tables_are_those_that_are_reached(void **state)
{
	(void)state;
	check(tables_are_those_that_are_reached_rows,
	      COUNT_OF(tables_are_those_that_are_reached_rows));
}

static void what_leaves_the_database_is_told(void **state)
{
	(void)state;
	check(what_leaves_the_database_is_told_rows,
	      COUNT_OF(what_leaves_the_database_is_told_rows));
}

static void settings_and_pragmas_say_what_they_change(void **state)
{
	(void)state;
	check(settings_and_pragmas_say_what_they_change_rows,
	      COUNT_OF(settings_and_pragmas_say_what_they_change_rows));
}

static void what_runs_elsewhere_or_later_is_not_understood(void **state)
{
	(void)state;
	check(what_runs_elsewhere_or_later_is_not_understood_rows,
	      COUNT_OF(what_runs_elsewhere_or_later_is_not_understood_rows));
}

static void what_cannot_be_read_is_not_understood(void **state)
{
	(void)state;
	check(what_cannot_be_read_is_not_understood_rows,
	      COUNT_OF(what_cannot_be_read_is_not_understood_rows));
}

static void commands_of_redis_are_known_by_their_flags(void **state)
{
	(void)state;
	check(commands_of_redis_are_known_by_their_flags_rows,
	      COUNT_OF(commands_of_redis_are_known_by_their_flags_rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_statements_are_what_they_say),
		cmocka_unit_test(a_where_counts_only_when_it_looks_at_the_row),
		cmocka_unit_test(text_in_strings_and_comments_does_nothing),
		cmocka_unit_test(what_mysql_may_read_in_two_ways_is_not_understood),
		cmocka_unit_test(parts_that_change_data_are_effects_of_their_own),
		cmocka_unit_test(tables_are_those_that_are_reached),
		cmocka_unit_test(what_leaves_the_database_is_told),
		cmocka_unit_test(settings_and_pragmas_say_what_they_change),
		cmocka_unit_test(what_runs_elsewhere_or_later_is_not_understood),
		cmocka_unit_test(what_cannot_be_read_is_not_understood),
		cmocka_unit_test(commands_of_redis_are_known_by_their_flags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
