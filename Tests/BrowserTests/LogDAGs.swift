/// DAGs whose tasks print what a log viewer has to bear.
enum LogDAGs {
    /// Every task prints one sort of log; `long` fails.
    static let prints = #"""
        description: Prints strange logs.
        tasks:
          hostile:
            run: |
              printf '<script>window.hacked=1</script> "><img src=x onerror=window.hacked=2>\n'
              printf '\033]8;;javascript:window.hacked=3\033\\press\033]8;;\033\\ \033]8;;https://e.example/\033\\web\033]8;;\033\\\n'
              printf 'turned \342\200\256 nul \0 half \377 clear \033[2J\033[1;1H over\n'
          colours:
            run: |
              for i in $(seq 0 255); do printf '\033[38;5;%sm%s\033[0m \033[48;5;%sm%s\033[0m\n' $i $i $i $i; done
              for i in $(seq 30 37) $(seq 90 97); do printf '\033[%smsixteen\033[0m \033[%smof them\033[0m\n' $i $((i + 10)); done
              for i in 0 60 120 180 255; do printf '\033[38;2;%s;%s;40mtrue\033[0m \033[7;31mturned\033[0m \033[2mdim\033[0m\n' $i $i; done
          progress:
            run: |
              awk 'BEGIN { for (i = 1; i <= 10000; i++) printf "%d of 10000\r", i; print "" }'
          groups:
            run: |
              echo before; echo "::group::Fetch"
              for i in $(seq 20); do echo "fetched $i"; done
              echo "::endgroup::"; echo after
          long:
            run: |
              awk 'BEGIN { for (i = 1; i <= 20000; i++)
                if (i == 100 || i == 5000 || i == 15000) print "ValueError: number " i; else print "line " i }'
              exit 1
        """#

    /// Has printed a line; tests put a log of a gigabyte in its place.
    static let big = "description: Has a log of a gigabyte.\ntasks: {print: {run: 'echo one; exit 1'}}\n"

    /// Prints 5,000 lines a second, 15,000 once a file with the run's name and 1 is there and 35,000 once that with 2 is.
    static func floods(witness: String) -> String {
        """
        description: Prints a flood of lines.
        tasks:
          flood:
            run: |
              echo "line 1"
              wait_for() { until [ -e "\(witness)/$(echo "$ROTA_RUN_ID" | tr / +)-$1" ]; do sleep 0.05; done; }
              wait_for 1
              for part in $(seq 0 99); do
                [ $part != 30 ] || wait_for 2
                seq -f "line %.0f" $((part * 500 + 2)) $((part * 500 + 501))
                sleep 0.1
              done
        """
    }

    /// Prints 300 lines, and two hundred more whenever a file with the run's name and a number is there.
    static func talks(witness: String) -> String {
        """
        description: Prints when it is told to.
        tasks:
          talk:
            run: |
              for i in $(seq 300); do echo "line $i"; done
              for part in 1 2 3; do
                until [ -e "\(witness)/$(echo "$ROTA_RUN_ID" | tr / +)-$part" ]; do sleep 0.05; done
                for i in $(seq 200); do echo "part $part, line $i"; done
              done
        """
    }
}
