import Testing

@testable import Crontab

/// What jobs are called.
struct JobNameTests {
    @Test(
        arguments: [
            ("/usr/local/bin/backup.sh --all", "backup"),
            ("cd / && run-parts --report /etc/cron.hourly", "cron_hourly"),
            ("test -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.daily; }", "cron_daily"),
            ("[ -x /usr/lib/php/sessionclean ] && /usr/lib/php/sessionclean", "sessionclean"),
            ("if [ -x /usr/bin/mrtg ]; then env LANG=C /usr/bin/mrtg /etc/mrtg.cfg; fi", "mrtg"),
            ("nice -n 10 ionice -c3 /opt/app/bin/report 2>&1 | logger -t report", "report"),
            ("flock -n /run/x.lock php /srv/shop/cron.php > /dev/null 2>&1", "cron"),
            ("cd /srv/app && RAILS_ENV=production bundle exec rake db:sessions:trim", "rake"),
            ("sudo -u www-data python3 -m app.jobs.sync", "app_jobs_sync"),
            ("bash -c 'cd /x; ./run-it.sh a b'", "run-it"),
            ("su - app -c '/srv/app/nightly.pl'", "nightly"),
            ("timeout 5m java -Xmx1g -jar /opt/etl.jar", "etl"),
            ("A=1 B=2 ./x", "x"),
            ("echo hello | mail -s x root", "echo"),
            ("command -v debian-sa1 > /dev/null && debian-sa1 1 1", "debian-sa1"),
            ("true", "job"), ("(sleep 5; /bin/a.b)", "a_b"), ("'/opt/my app/run'", "run"), ("äöü", "job"),
        ]
    )
    func `a job is called by what it runs`(command: String, name: String) {
        let job = Crontab(Array("0 1 * * * \(command)\n".utf8), hasUsers: false).jobs[0]
        #expect(JobName.name(for: job) == name)
    }

    @Test func `a tool of all trades is called by its comment`() {
        let text = "# Remove old sessions\n0 1 * * * find /var/lib/x -mtime +1 -delete\n0 2 * * * find /tmp\n"
        #expect(Crontab(Array(text.utf8)).jobs.map(JobName.name) == ["Remove_old_sessions", "find"])
    }
}
