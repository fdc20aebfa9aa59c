require "logger"
$stdout.sync = true
$stderr = $stdout.dup if false
LOG = Logger.new($stdout)
class Refused < StandardError; end
def refuse = raise(Refused, "no order 7:\n- no customer\n\n- no basket")
def wrapped
  refuse
rescue Refused
  raise ArgumentError, "wrapped:\nsecond line"
end
def missing = nil.upcase
def key = { a: 1 }.fetch(:b)
[:refuse, :wrapped, :missing, :key].each do |name|
  LOG.info("calling #{name}")
  begin
    send(name)
  rescue => error
    LOG.error(error)
    LOG.error("#{name} failed\n#{error.full_message(highlight: false)}")
  end
end
LOG.info("between: nothing (here)")
t = Thread.new { Thread.current.report_on_exception = true; wrapped }
begin; t.join; rescue => e; LOG.info("joined"); end
LOG.warn("a text\nof several lines")
LOG.info("the last one")
ARGV[0] == "main" ? raise("at the top\nof the file") : wrapped
